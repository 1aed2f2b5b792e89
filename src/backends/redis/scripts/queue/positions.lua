-- Computes queue positions.
-- ARGV[1] prefix
-- ARGV[2] ids, JSON
-- Reply: number of clients with waiting swaps, then the position of each id, 0 if it is not waiting

local ranks, lengths = {}, {}
for rank, client in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
  ranks[client] = rank
  lengths[rank] = redis.call('ZCARD', lineOf(client))
end
local rounds = {}
-- Number of swaps assigned before a round, and within the round before each client.
local function countBefore(round)
  local counts = rounds[round]
  if counts then return counts end
  counts = { inAll = redis.call('ZCARD', first) }
  local inRound = 0
  for rank, length in ipairs(lengths) do
    counts.inAll = counts.inAll + math.min(length, round)
    counts[rank] = inRound
    if length > round then inRound = inRound + 1 end
  end
  rounds[round] = counts
  return counts
end
local positions = { #lengths }
for i, id in ipairs(cjson.decode(ARGV[2])) do
  positions[i + 1] = 0
  local rankInFirst = redis.call('ZRANK', first, id)
  local _, client = readEntry(id)
  local round = client and redis.call('ZRANK', lineOf(client), id)
  if rankInFirst then
    positions[i + 1] = rankInFirst + 1
  elseif round and ranks[client] then
    local counts = countBefore(round)
    positions[i + 1] = counts.inAll + counts[ranks[client]] + 1
  end
end
return positions
