const NOW = `
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local now = math.floor(nowUs / 1000)
local function whole(number) return string.format('%.0f', number) end
`;

/** `KEYS`: the record (a hash: `meta` JSON, `v` its version, `s:<generation>` sealed), then tombstones (`iat`, with a lifetime). */
const LOAD = `${NOW}
local tombstones = {}
for i = 2, #KEYS do tombstones[i - 1] = { redis.call('GET', KEYS[i]) or '', redis.call('PTTL', KEYS[i]) } end
local hash = redis.call('HGETALL', KEYS[1])
return cjson.encode({ now = now, hash = #hash > 0 and hash or nil, tombstones = #KEYS > 1 and tombstones or nil })
`;

/**
 * Writes what a step has written, if nothing has changed since it looked.
 *
 * `KEYS`: the record, the endings by sequence, the endings by lifetime, then tombstones. An ending is for every process: in
 * order of a sequence that survives a flush, and no longer than it matters.
 */
const COMMIT = `${NOW}
local req = cjson.decode(ARGV[1])
if (redis.call('HGET', KEYS[1], 'v') or '') ~= req.version then return 'false' end
for i = 4, #KEYS do
  if (redis.call('GET', KEYS[i]) or '') ~= req.tombstones[i - 3] then return 'false' end
end
if req.isGone then redis.call('DEL', KEYS[1]) end
if req.meta then
  for _, field in ipairs(req.drop) do redis.call('HDEL', KEYS[1], field) end
  for _, field in ipairs(req.put) do redis.call('HSET', KEYS[1], field[1], field[2]) end
  redis.call('HSET', KEYS[1], 'meta', req.meta, 'v', whole(math.max(nowUs, (tonumber(req.version) or 0) + 1)))
  redis.call('PEXPIREAT', KEYS[1], req.keepUntil)
end
if req.tombstone then
  redis.call('SET', KEYS[4], req.tombstone.iat, 'PX', whole(math.max(req.tombstone.keepUntil - now, 1)))
end
for _, ending in ipairs(req.endings) do
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  local seq = math.max(nowUs, last[2] and tonumber(last[2]) + 1 or 0)
  redis.call('ZADD', KEYS[2], whole(seq), ending.text)
  redis.call('ZADD', KEYS[3], whole(ending.keepUntil), ending.text)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', whole(now), 'LIMIT', 0, 100)) do
    redis.call('ZREM', KEYS[2], old)
    redis.call('ZREM', KEYS[3], old)
  end
  for i = 2, 3 do
    local ttl = math.max(redis.call('PTTL', KEYS[i]), ending.keepUntil - now, 1)
    redis.call('PEXPIRE', KEYS[i], whole(ttl))
  end
end
return 'true'
`;

/** `KEYS`: the endings by sequence. `ARGV`: the last sequence seen, how many at most. */
const ENDINGS = `${NOW}
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
const VERSIONS = `
local versions = {}
for i = 1, #KEYS do versions[i] = redis.call('HGET', KEYS[i], 'v') or '' end
return cjson.encode({ versions = versions })
`;

export const REDIS_SCRIPTS = { load: LOAD, commit: COMMIT, endings: ENDINGS, versions: VERSIONS } as const;
