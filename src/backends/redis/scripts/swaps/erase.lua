-- Replaces the records of a finished swap by what is left of them after an erasure. Removes its pending record, its claims except
-- for its idempotency key, and its link to ModelsLab's id.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] JSON: pairs of a key among the finished swaps, and its record
-- ARGV[4] when they expire, ms since the epoch
-- ARGV[5] JSON: claims, as in `create`, to remove if the swap holds them
-- Reply: 1

local id, expiresAt = ARGV[2], ARGV[4]
local entry = entryOf(id)
for _, pair in ipairs(cjson.decode(ARGV[3])) do
  redis.call('SET', prefix .. 'ended:' .. pair[1], pair[2], 'PXAT', expiresAt)
end
redis.call('UNLINK', prefix .. 'pending:' .. id)
local client, seq, claims, modelsLabId = unpack(redis.call('HMGET', entry, 'client', 'seq', 'claims', 'modelsLabId'))
local kept = {}
local function isKey(claim) return string.match(claim, '^claim:[^:]*:key:') ~= nil end
for _, list in ipairs({ claims and cjson.decode(claims) or {}, cjson.decode(ARGV[5]) }) do
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
