import { PRELUDE, READ_ONLY_PRELUDE } from "./redis-record-prelude.ts";

const CLAIM = `
if record and record.ended then return answer({ kind = 'ended', reason = record.ended }) end
keep()
if record.highestShown < req.generation then
  record.highestShown = req.generation
  dirty = true
end
local g = name(req.generation)
local entry = record.entries[g]

local function lead(past)
  record.entries[g] = {
    state = 'pending',
    fence = req.fence,
    leaseUntil = now + req.leaseMs,
    dropAt = now + math.max(at.keepMs, req.leaseMs),
    isSettled = false,
    past = past,
  }
  dirty = true
  local history = { tries = 0, refusals = 0, refusedForMs = 0, maybeSpent = false }
  if past then
    history.tries = past.tries
    history.refusals = past.refusals
    history.refusedForMs = past.refusedSince == 0 and 0 or math.max(0, now - past.refusedSince)
    history.maybeSpent = past.maybeSpent
  end
  return answer({ kind = 'led', history = history })
end

if entry and entry.state == 'done' then
  return answer({ kind = 'done', view = view(req.generation) })
end
if entry and entry.state == 'pending' then
  local left = entry.leaseUntil - now
  if entry.fence == req.fence then return lead(entry.past) end
  if left > 0 or entry.fence ~= req.takeOver then
    return answer({ kind = 'pending', fence = entry.fence, leaseLeftMs = left })
  end
end
if spent(req.generation) then return answer({ kind = 'stale' }) end
if not entry then return lead(nil) end

local past = entry.past
local retryIn = 0
if entry.state == 'dead' then retryIn = entry.retryAt - now else past = failed(past, 'ambiguous') end
local held = past.maybeSpent and not req.mayRepeatAmbiguous
if retryIn > 0 or held then
  return answer({ kind = 'dead', failure = past.kind, retryInMs = math.max(0, retryIn), held = held })
end
return lead(past)
`;

const RENEW = `
local entry = pending(name(req.generation))
if not entry then return answer(false) end
entry.leaseUntil = math.max(entry.leaseUntil, now + req.leaseMs)
entry.dropAt = math.max(entry.dropAt, entry.leaseUntil)
keep()
dirty = true
return answer(true)
`;

const PUBLISH = `
if record and record.ended then return answer({ kind = 'ended', reason = record.ended }) end
local g = name(req.generation)
local entry = record and record.entries[g]
if entry and entry.state == 'done' then
  if entry.fence == req.fence then return answer({ kind = 'published' }) end
  return answer({ kind = 'done', view = view(req.generation) })
end
if record and not entry and req.generation <= record.highestSpent then
  return answer({ kind = 'done', view = view(req.generation) })
end
keep()
record.entries[g] = {
  state = 'done', fence = req.fence, handedAt = now, dropAt = now + at.keepMs, isSettled = false,
}
record.highestSpent = math.max(record.highestSpent, req.generation)
dirty = true
redis.call('HSET', KEYS[1], 's:' .. g, req.sealed)
return answer({ kind = 'published' })
`;

const RELEASE = `
local g = name(req.generation)
local entry = pending(g)
if not entry then return answer(false) end
if entry.past then
  record.entries[g] = {
    state = 'dead', past = entry.past, retryAt = now, dropAt = entry.dropAt, isSettled = false,
  }
else
  record.entries[g] = nil
end
keep()
dirty = true
return answer(true)
`;

const BURY = `
if record and record.ended then return answer({ kind = 'ended', reason = record.ended }) end
local g = name(req.generation)
local entry = pending(g)
if not entry then return answer({ kind = 'lost' }) end
if req.failure.kind == 'terminal' then
  if spent(req.generation) then
    forget(g)
    return answer({ kind = 'lost' })
  end
  finish('grant_ended')
  return answer({ kind = 'ended', reason = 'grant_ended' })
end
keep()
record.entries[g] = {
  state = 'dead',
  past = failed(entry.past, req.failure.kind),
  retryAt = now + req.failure.retryInMs,
  dropAt = math.max(entry.dropAt, now + at.keepMs),
  isSettled = false,
}
dirty = true
return answer({ kind = 'buried' })
`;

const ACKNOWLEDGE = `
local settled = true
if not (record and record.ended) and (record or req.touchedAt) then
  keep()
  local leading = record.entries[name(req.shown - 1)]
  local maySettle = leading and leading.state == 'done'
    and leading.handedAt <= now - req.arrivedAgoMs - req.settleAfterMs
  for g, entry in pairs(record.entries) do
    if tonumber(g) < req.shown then
      if maySettle and not entry.isSettled then
        entry.isSettled = true
        entry.dropAt = now + req.staleCookieMs
      end
      settled = settled and entry.isSettled
    elseif req.isHanding and entry.state == 'done' then
      entry.handedAt = now
    end
    if req.touchedAt and not entry.isSettled then
      entry.dropAt = math.max(entry.dropAt, now + at.keepMs)
    end
  end
  if req.touchedAt then record.touchedAt = math.max(record.touchedAt or 0, req.touchedAt) end
  record.highestShown = math.max(record.highestShown, req.shown)
  dirty = true
  for g, entry in pairs(record.entries) do
    if entry.dropAt <= now then forget(g) end
  end
end
local seen = view(req.shown)
seen.isSettled = settled
return answer(seen)
`;

const READ = `
return cjson.encode(view(req.generation))
`;

const IS_PENDING = `
return cjson.encode(pending(name(req.generation)) ~= nil)
`;

const END = `
local seen = view(req.generation, true)
if record and record.ended then
  return answer({ reason = record.ended, wasEnded = true, view = seen })
end
keep()
finish(req.reason)
return answer({ reason = req.reason, wasEnded = false, view = seen })
`;

/**
 * The transitions of `ledger-claim.ts`, `ledger-outcome.ts` and `ledger-session.ts` in Lua: one script a transition.
 *
 * The conformance suite, and a property that plays any steps on both, hold the two together.
 */
export const RECORD_SCRIPTS = {
  claim: PRELUDE + CLAIM,
  renew: PRELUDE + RENEW,
  publish: PRELUDE + PUBLISH,
  release: PRELUDE + RELEASE,
  bury: PRELUDE + BURY,
  acknowledge: PRELUDE + ACKNOWLEDGE,
  read: READ_ONLY_PRELUDE + READ,
  isPending: READ_ONLY_PRELUDE + IS_PENDING,
  end: PRELUDE + END,
} as const;
