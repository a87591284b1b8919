import { createRedisScript } from "./redis-script.ts";

const NOW = `
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local now = math.floor(nowUs / 1000)
local function whole(number) return string.format('%.0f', number) end
`;

/** `KEYS`: records (each a hash: `meta` JSON, `v` its version, `s:<generation>` sealed) and tombstones (`iat`, with a lifetime). `ARGV`: for each, which it is. */
const LOAD = `${NOW}
local found = {}
for i = 1, #KEYS do
  if ARGV[i] == 'record' then found[i] = redis.call('HGETALL', KEYS[i])
  else found[i] = { redis.call('GET', KEYS[i]) or '', redis.call('PTTL', KEYS[i]) } end
end
return cjson.encode({ now = now, found = found })
`;

/**
 * Writes what a step has written, if the record hasn't changed since it was looked at, and nobody has stopped waiting for it.
 * Answers with the new version.
 *
 * `KEYS`: the record.
 */
const COMMIT = `${NOW}
local req = cjson.decode(ARGV[1])
if (redis.call('HGET', KEYS[1], 'v') or '') ~= req.version or now > req.lookedAt + req.withinMs then return 'false' end
if req.isGone then redis.call('DEL', KEYS[1]) end
local version = math.max(nowUs, (tonumber(req.version) or 0) + 1)
if req.meta then
  for _, field in ipairs(req.drop) do redis.call('HDEL', KEYS[1], field) end
  for _, field in ipairs(req.put) do redis.call('HSET', KEYS[1], field[1], field[2]) end
  redis.call('HSET', KEYS[1], 'meta', req.meta, 'v', whole(version))
  redis.call('PEXPIREAT', KEYS[1], req.keepUntil)
end
return whole(req.isGone and 0 or version)
`;

/**
 * Writes a record as it is, so that replicas that have this have all of it. Answers with its version; 0: there is no record.
 *
 * `KEYS`: the record.
 */
const CONFIRM = `
local version = redis.call('HGET', KEYS[1], 'v')
if version then redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), 1)) end
return version or '0'
`;

/** `KEYS`: the tombstone. `ARGV`: `iat` and lifetime, neither of which ever falls. */
const ENTOMB = `
local known = redis.call('GET', KEYS[1])
local iat = known and tonumber(known) > tonumber(ARGV[1]) and known or ARGV[1]
local ttl = math.max(tonumber(ARGV[2]), redis.call('PTTL', KEYS[1]), 1)
redis.call('SET', KEYS[1], iat, 'PX', string.format('%.0f', ttl))
return 'true'
`;

/**
 * Puts an ending into the feed, which is for every process: in order of a sequence that survives a flush. What is only announced
 * has the time of that, negative, for a sequence. Some of what nobody needs any more is taken away each time.
 *
 * `KEYS`: the feed. `ARGV`: the ending, until when it is kept, `announce` or `append`.
 */
const FEED = `${NOW}
local score = -now
if ARGV[3] == 'append' then
  local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  score = math.max(nowUs, last[2] and tonumber(last[2]) + 1 or 0)
end
redis.call('ZADD', KEYS[1], whole(score), ARGV[1])
for _, old in ipairs(redis.call('ZRANDMEMBER', KEYS[1], 8)) do
  local isRead, ending = pcall(cjson.decode, old)
  if not isRead or ending.keepUntil <= now then redis.call('ZREM', KEYS[1], old) end
end
redis.call('PEXPIRE', KEYS[1], whole(math.max(redis.call('PTTL', KEYS[1]), ARGV[2] - now, 1)))
return 'true'
`;

/** `KEYS`: the feed. `ARGV`: the ending that was announced and didn't come to be. */
const WITHDRAW = `
redis.call('ZREM', KEYS[1], ARGV[1])
return 'true'
`;

/** `KEYS`: the feed. `ARGV`: the last sequence seen, how many at most, for how long an announcement may stay one. */
const ENDINGS = `${NOW}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local overdue = redis.call('ZRANGEBYSCORE', KEYS[1], whole(ARGV[3] - now), '(0', 'LIMIT', 0, 20)
local endings = {}
local seq = ARGV[1]
for i = 1, #found, 2 do
  endings[#endings + 1] = found[i]
  seq = found[i + 1]
end
return cjson.encode({
  now = now, seq = seq, endings = #endings > 0 and endings or nil, overdue = #overdue > 0 and overdue or nil
})
`;

/** `KEYS`: records. Their versions: two words for everyone who waits, however many they are. */
const VERSIONS = `
local versions = {}
for i = 1, #KEYS do versions[i] = redis.call('HGET', KEYS[i], 'v') or '' end
return cjson.encode({ versions = versions })
`;

/** Each touches keys of one slot only, but for `load` and `versions`, which are asked for each slot. */
export const REDIS_SCRIPTS = {
  load: createRedisScript(LOAD),
  commit: createRedisScript(COMMIT),
  confirm: createRedisScript(CONFIRM),
  entomb: createRedisScript(ENTOMB),
  feed: createRedisScript(FEED),
  withdraw: createRedisScript(WITHDRAW),
  endings: createRedisScript(ENDINGS),
  versions: createRedisScript(VERSIONS),
} as const;
