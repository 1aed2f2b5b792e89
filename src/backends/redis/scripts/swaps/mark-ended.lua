-- Removes a finished swap from the open ones, and lets its claims and index entries expire with its record.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] expiresAt, ms since the epoch
-- ARGV[4] its status, or '' if its record is lost
-- Reply: 1 done, 0 already done, or the swap is unknown

local id, expiresAt = ARGV[2], ARGV[3]
local entry = entryOf(id)
local client, seq, claims, modelsLabId, closed =
  unpack(redis.call('HMGET', entry, 'client', 'seq', 'claims', 'modelsLabId', 'closed'))
if not client or closed then return 0 end
redis.call('HSET', entry, 'closed', 1)
redis.call('ZREM', open, id .. ' ' .. client)
redis.call('PEXPIREAT', entry, expiresAt)
local createdAt = redis.call('ZSCORE', listOf(client, 'open'), memberOf(id, seq))
for _, claim in ipairs(cjson.decode(claims)) do
  if holderOf(claim) == id then redis.call('PEXPIREAT', prefix .. claim, expiresAt) end
end
if modelsLabId then redis.call('PEXPIREAT', prefix .. 'modelslab:' .. modelsLabId, expiresAt) end
local now = redis.call('TIME')
local ttl = expiresAt - (now[1] * 1000 + math.floor(now[2] / 1000))
local parent = parentOf(client)
if ttl > 0 then
  for _, key in ipairs({ ownOf(client), sequence, parent and tokensOf(parent) }) do extend(key, ttl) end
  -- Without a score, the list was lost, or an earlier version accepted the swap: a reader notices and lists it.
  if createdAt and ARGV[4] ~= '' then list(client, id, seq, createdAt, ARGV[4], ttl) end
end
return 1
