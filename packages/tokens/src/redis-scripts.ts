/**
 * The transitions of `ledger-claim.ts`, `ledger-outcome.ts` and `ledger-session.ts` in Lua: one script a transition.
 *
 * `KEYS`: the record (a hash: `meta` JSON, `v` its version, `s:<generation>` sealed), the endings by sequence, the endings
 * by lifetime, then the session's tombstones. `ARGV`: the address and the request, both JSON. Answers are JSON.
 */
const TELL = `
local function tell(ending, keepUntil)
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  local seq = math.max(nowUs, last[2] and tonumber(last[2]) + 1 or 0)
  ending.keepUntil = keepUntil
  local member = cjson.encode(ending)
  redis.call('ZADD', KEYS[2], string.format('%.0f', seq), member)
  redis.call('ZADD', KEYS[3], string.format('%.0f', keepUntil), member)
  local outlived = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)
  for _, old in ipairs(outlived) do
    redis.call('ZREM', KEYS[2], old)
    redis.call('ZREM', KEYS[3], old)
  end
  for i = 2, 3 do
    local ttl = math.max(redis.call('PTTL', KEYS[i]), keepUntil - now, 1)
    redis.call('PEXPIRE', KEYS[i], string.format('%.0f', ttl))
  end
end
`;

const CORE = `
local SLACK, STEP = 60000, 1000
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local now = math.floor(nowUs / 1000)
local at = cjson.decode(ARGV[1])
local req = cjson.decode(ARGV[2])
local raw = redis.call('HGET', KEYS[1], 'meta')
local record = raw and cjson.decode(raw) or nil
local dirty = false
local gone = {}

local function name(generation) return string.format('%d', generation) end

local function fresh()
  return { highestSpent = -1, highestShown = -1, keepUntil = 0, entries = {} }
end

local function forget(g)
  if record.entries[g].state == 'done' then gone[#gone + 1] = 's:' .. g end
  record.entries[g] = nil
  dirty = true
end

${TELL}
local function finish(reason)
  for g in pairs(record.entries) do forget(g) end
  record.ended = reason
  record.keepUntil = now + at.endedKeepMs + SLACK
  dirty = true
  if not readOnly then tell({ kind = 'session', key = at.key, reason = reason }, record.keepUntil) end
end

local function keep()
  if not record then record = fresh() end
  local wanted = now + at.keepMs + SLACK
  if record.keepUntil < wanted then
    record.keepUntil = wanted + STEP
    dirty = true
  end
end

local function spent(generation)
  return generation <= record.highestSpent or generation < record.highestShown
end

local function view(from)
  local seen = { highestSpent = record and record.highestSpent or -1, successors = {} }
  if record then
    seen.ended = record.ended
    seen.touchedAt = record.touchedAt
    for g, entry in pairs(record.entries) do
      if entry.state == 'done' and tonumber(g) >= from then
        seen.successors[g] = redis.call('HGET', KEYS[1], 's:' .. g) or nil
      end
    end
  end
  return seen
end

local function save()
  if not dirty then return end
  for _, field in ipairs(gone) do redis.call('HDEL', KEYS[1], field) end
  redis.call('HSET', KEYS[1], 'meta', cjson.encode(record))
  redis.call('HINCRBY', KEYS[1], 'v', 1)
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', record.keepUntil))
end

local function answer(value)
  save()
  return cjson.encode(value)
end

local function pending(g)
  local entry = record and record.entries[g]
  if entry and entry.state == 'pending' and entry.fence == req.fence then return entry end
end

local function failed(past, kind)
  local refusal = kind == 'refused'
  local since = past and past.refusedSince or 0
  if since == 0 and refusal then since = now end
  return {
    kind = kind,
    tries = (past and past.tries or 0) + 1,
    refusals = (past and past.refusals or 0) + (refusal and 1 or 0),
    refusedSince = since,
    maybeSpent = (past and past.maybeSpent or false) or kind == 'ambiguous',
  }
end

if record and record.keepUntil <= now then
  if not readOnly then redis.call('DEL', KEYS[1]) end
  record = nil
end
for i = 4, #KEYS do
  local iat = redis.call('GET', KEYS[i])
  if iat and tonumber(iat) >= at.idTokenIat and not (record and record.ended) then
    if not record then record = fresh() end
    finish('revoked')
  end
end
if record then
  for g, entry in pairs(record.entries) do
    if entry.dropAt <= now then forget(g) end
  end
end
`;

const PRELUDE = `local readOnly = false${CORE}`;
const READ_ONLY_PRELUDE = `local readOnly = true${CORE}`;

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
local seen = view(req.generation)
if record and record.ended then
  return answer({ reason = record.ended, wasEnded = true, view = seen })
end
keep()
finish(req.reason)
return answer({ reason = req.reason, wasEnded = false, view = seen })
`;

/** `KEYS`: the tombstone, then as above. */
const ENTOMB_SCRIPT = `
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local now = math.floor(nowUs / 1000)
local req = cjson.decode(ARGV[1])
${TELL}
local known = redis.call('GET', KEYS[1])
local iat = math.max(req.iat, known and tonumber(known) or req.iat)
local ttl = math.max(redis.call('PTTL', KEYS[1]), req.keepMs, 1)
redis.call('SET', KEYS[1], string.format('%.0f', iat), 'PX', string.format('%.0f', ttl))
tell({ kind = 'tombstone', key = req.key, iat = iat }, now + ttl)
return 'true'
`;

/** `KEYS`: the endings by sequence. `ARGV`: the last sequence seen, how many at most. */
const ENDINGS_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local endings = {}
local seq = ARGV[1]
for i = 1, #found, 2 do
  endings[#endings + 1] = found[i]
  seq = found[i + 1]
end
return cjson.encode({ now = now, seq = seq, endings = #endings > 0 and endings or nil })
`;

/** `KEYS`: records. Their versions: two words for everyone who waits, however many they are. */
const VERSIONS_SCRIPT = `
local versions = {}
for i = 1, #KEYS do versions[i] = redis.call('HGET', KEYS[i], 'v') or '' end
return cjson.encode({ versions = versions })
`;

/** Scripts that aren't about one record. */
export const OTHER_SCRIPTS = {
  entomb: ENTOMB_SCRIPT,
  endings: ENDINGS_SCRIPT,
  versions: VERSIONS_SCRIPT,
} as const;

/** By transition. */
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
