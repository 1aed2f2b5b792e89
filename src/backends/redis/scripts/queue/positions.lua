-- Computes queue positions.
-- ARGV[1] prefix
-- ARGV[2] ids, JSON
-- Reply: number of clients with waiting swaps, then the position of each id, 0 if it does not wait

local ranks, lengths = {}, {}
for rank, client in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
  ranks[client] = rank
  lengths[rank] = redis.call('ZCARD', lineOf(client))
end
local rounds = {}
-- How many are handed out before a round, and in that round before each client.
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
local places = { #lengths }
for i, id in ipairs(cjson.decode(ARGV[2])) do
  places[i + 1] = 0
  local place = redis.call('ZRANK', first, id)
  local _, client = readEntry(id)
  local round = client and redis.call('ZRANK', lineOf(client), id)
  if place then
    places[i + 1] = place + 1
  elseif round and ranks[client] then
    local counts = countBefore(round)
    places[i + 1] = counts.inAll + counts[ranks[client]] + 1
  end
end
return places
