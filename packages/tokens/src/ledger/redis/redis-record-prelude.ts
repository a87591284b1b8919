/** Lets every process know of an ending: in order of a sequence that survives a flush, and no longer than it matters. */
export const NOTIFY = `
local function notify(ending, keepUntil)
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

${NOTIFY}
local function finish(reason)
  for g, entry in pairs(record.entries) do
    if entry.state ~= 'done' then forget(g) end
  end
  record.ended = reason
  record.keepUntil = now + at.endedKeepMs + SLACK
  dirty = true
  if not readOnly then notify({ kind = 'session', key = at.key, reason = reason }, record.keepUntil) end
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

local function view(from, forEnd)
  local seen = { highestSpent = record and record.highestSpent or -1, successors = {} }
  if record then
    seen.ended = record.ended
    seen.touchedAt = record.touchedAt
    for g, entry in pairs(record.entries) do
      if entry.state == 'done' and tonumber(g) >= from and (forEnd or not record.ended) then
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
  local refusal = kind == 'refused' or kind == 'unreadable'
  local since = past and past.refusedSince or 0
  if since == 0 and refusal then since = now end
  return {
    kind = kind,
    tries = (past and past.tries or 0) + 1,
    refusals = (past and past.refusals or 0) + (refusal and 1 or 0),
    refusedSince = since,
    maybeSpent = (past and past.maybeSpent or false) or kind == 'ambiguous' or kind == 'unreadable',
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

/**
 * What every script about one record begins with: it loads the record, drops what has outlived its time, and applies
 * tombstones, as `current` in `ledger-record.ts` does.
 *
 * `KEYS`: the record (a hash: `meta` JSON, `v` its version, `s:<generation>` sealed), the endings by sequence, the endings
 * by lifetime, then the session's tombstones. `ARGV`: the address and the request, both JSON. Answers are JSON.
 */
export const PRELUDE = `local readOnly = false${CORE}`;

/** The same for a script that only looks. */
export const READ_ONLY_PRELUDE = `local readOnly = true${CORE}`;
