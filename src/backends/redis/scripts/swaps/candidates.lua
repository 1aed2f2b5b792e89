-- Lists the swaps of a client that may match a filter, newest first by time of creation.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] limit
-- ARGV[4] exclusive lower bound of times of creation, ms since the epoch, or '-inf'
-- ARGV[5] exclusive upper bound: time of creation, or '+inf'
-- ARGV[6] the same: sequence number
-- ARGV[7] JSON: the lists to read
-- ARGV[8] 1: reply even if swaps are missing from the lists
-- Reply: "SEQUENCE ID" and time of creation of each; nil if swaps are missing, which `list-missing` adds

local client, limit, after = ARGV[2], tonumber(ARGV[3]), ARGV[4]
local createdAt, sequenceBound = ARGV[5], tonumber(ARGV[6])
local listed = 0
for _, group in ipairs(groups) do listed = listed + redis.call('ZCARD', listOf(client, group)) end
if listed < redis.call('ZCARD', ownOf(client)) and ARGV[8] ~= '1' then return false end

local rows = {}
for _, group in ipairs(cjson.decode(ARGV[7])) do
  local key, offset, found = listOf(client, group), 0, 0
  while found < limit do
    local batch = redis.call('ZREVRANGEBYSCORE', key, createdAt, '(' .. after, 'WITHSCORES', 'LIMIT', offset, limit)
    if #batch == 0 then break end
    for i = 1, #batch, 2 do
      local seq, id = string.match(batch[i], '^(%d+) (.+)$')
      if redis.call('EXISTS', entryOf(id)) == 0 then
        unlist(client, id, seq)
      else
        offset = offset + 1
        if found < limit and (batch[i + 1] ~= createdAt or tonumber(seq) < sequenceBound) then
          found = found + 1
          rows[#rows + 1] = { member = batch[i], createdAt = batch[i + 1] }
        end
      end
    end
  end
end
table.sort(rows, function(a, b)
  local first, second = tonumber(a.createdAt), tonumber(b.createdAt)
  if first == second then return a.member > b.member end
  return first > second
end)
local reply = {}
for i = 1, math.min(#rows, limit) do
  reply[2 * i - 1], reply[2 * i] = rows[i].member, rows[i].createdAt
end
return reply
