-- Lists a client's swaps, newest first.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] limit
-- ARGV[4] exclusive upper bound of sequence numbers, or '+inf'
-- Reply: id and sequence number of each

local own, wanted, before = ownOf(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local rows = {}
while #rows < 2 * wanted do
  local batch = redis.call('ZREVRANGEBYSCORE', own, '(' .. before, '-inf', 'WITHSCORES', 'LIMIT', 0, wanted)
  if #batch == 0 then break end
  for i = 1, #batch, 2 do
    before = batch[i + 1]
    if redis.call('EXISTS', entryOf(batch[i])) == 0 then
      unlist(ARGV[2], batch[i], batch[i + 1])
    elseif #rows < 2 * wanted then
      rows[#rows + 1] = batch[i]
      rows[#rows + 1] = batch[i + 1]
    end
  end
end
return rows
