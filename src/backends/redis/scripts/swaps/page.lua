-- Lists a client's swaps, or those of the client tokens that it created, newest first.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] limit
-- ARGV[4] exclusive upper bound of sequence numbers, or '+inf'
-- ARGV[5] 1 for the swaps of its client tokens, else 0
-- Reply: id and sequence number of each

local isOwn = ARGV[5] ~= '1'
local key = isOwn and ownOf(ARGV[2]) or tokensOf(ARGV[2])
local wanted, before = tonumber(ARGV[3]), ARGV[4]
local rows = {}
while #rows < 2 * wanted do
  local batch = redis.call('ZREVRANGEBYSCORE', key, '(' .. before, '-inf', 'WITHSCORES', 'LIMIT', 0, wanted)
  if #batch == 0 then break end
  for i = 1, #batch, 2 do
    before = batch[i + 1]
    if redis.call('EXISTS', entryOf(batch[i])) == 0 then
      redis.call('ZREM', key, batch[i])
      if isOwn then unlist(ARGV[2], batch[i], batch[i + 1]) end
    elseif #rows < 2 * wanted then
      rows[#rows + 1] = batch[i]
      rows[#rows + 1] = batch[i + 1]
    end
  end
end
return rows
