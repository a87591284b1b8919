import { NOTIFY } from "./redis-record-prelude.ts";

/** `KEYS`: the tombstone, the endings by sequence, the endings by lifetime. `ARGV`: the request. */
const ENTOMB_SCRIPT = `
local time = redis.call('TIME')
local nowUs = time[1] * 1000000 + time[2]
local now = math.floor(nowUs / 1000)
local req = cjson.decode(ARGV[1])
${NOTIFY}
local known = redis.call('GET', KEYS[1])
local iat = math.max(req.iat, known and tonumber(known) or req.iat)
local ttl = math.max(redis.call('PTTL', KEYS[1]), req.keepMs, 1)
redis.call('SET', KEYS[1], string.format('%.0f', iat), 'PX', string.format('%.0f', ttl))
notify({ kind = 'tombstone', key = req.key, iat = iat }, now + ttl)
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
export const STORE_SCRIPTS = {
  entomb: ENTOMB_SCRIPT,
  endings: ENDINGS_SCRIPT,
  versions: VERSIONS_SCRIPT,
} as const;
