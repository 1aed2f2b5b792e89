-- Adds a client's swaps to its lists, a batch at a time: those that an earlier version accepted, or whose list was lost.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] batch size
-- ARGV[4] exclusive lower bound of sequence numbers, or '-inf'
-- Reply: the last sequence number of the batch; nil when there are no more

local client, last = ARGV[2], nil
local batch = redis.call('ZRANGEBYSCORE', ownOf(client), '(' .. ARGV[4], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for i = 1, #batch, 2 do
  local id, seq = batch[i], batch[i + 1]
  last = seq
  local ttl = redis.call('PTTL', entryOf(id))
  local text = redis.call('GET', prefix .. 'ended:' .. id) or redis.call('GET', prefix .. 'pending:' .. id)
  if ttl < 0 then
    unlist(client, id, seq)
  else
    local isRead, record = pcall(cjson.decode, text)
    local swap = isRead and type(record) == 'table' and type(record.value) == 'table' and record.value or {}
    local group = 'open'
    for _, each in ipairs(groups) do if each == swap.status then group = each end end
    -- Without a readable record it is listed as the oldest, so that it is not missing again.
    list(client, id, seq, tonumber(swap.createdAt) or 0, group, ttl)
  end
end
return last
