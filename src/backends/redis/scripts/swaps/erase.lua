-- Replaces the record of a finished swap by what is left of it after an erasure. Removes its other records, its claims except for
-- its idempotency key, and its link to ModelsLab's id.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] record
-- ARGV[4] when it expires, ms since the epoch
-- ARGV[5] JSON: keys to remove after the prefix
-- ARGV[6] JSON: claims, as in `create`, to remove if the swap holds them
-- Reply: 1

local id, expiresAt = ARGV[2], ARGV[4]
local entry = entryOf(id)
redis.call('SET', prefix .. 'ended:' .. id, ARGV[3], 'PXAT', expiresAt)
for _, key in ipairs(cjson.decode(ARGV[5])) do redis.call('UNLINK', prefix .. key) end
local client, seq, claims, modelsLabId = unpack(redis.call('HMGET', entry, 'client', 'seq', 'claims', 'modelsLabId'))
local kept = {}
local function isKey(claim) return string.match(claim, '^claim:[^:]*:key:') ~= nil end
for _, list in ipairs({ claims and cjson.decode(claims) or {}, cjson.decode(ARGV[6]) }) do
  for _, claim in ipairs(list) do
    if holderOf(claim) == id then
      if isKey(claim) then
        kept[#kept + 1] = claim
        redis.call('PEXPIREAT', prefix .. claim, expiresAt)
      else
        redis.call('UNLINK', prefix .. claim)
      end
    end
  end
end
local linked = modelsLabId and prefix .. 'modelslab:' .. modelsLabId
if linked and redis.call('GET', linked) == id then redis.call('UNLINK', linked) end
if not client then return 1 end
redis.call('HSET', entry, 'claims', #kept == 0 and '[]' or cjson.encode(kept))
redis.call('HDEL', entry, 'modelsLabId')
redis.call('PEXPIREAT', entry, expiresAt)
local now = redis.call('TIME')
local ttl = expiresAt - (now[1] * 1000 + math.floor(now[2] / 1000))
local parent = parentOf(client)
for _, key in ipairs({ ownOf(client), sequence, parent and tokensOf(parent) }) do extend(key, ttl) end
for _, group in ipairs(groups) do extend(listOf(client, group), ttl) end
return 1
