-- Lists the next waiting swaps, in the order in which they will be started.
-- ARGV[1] prefix
-- ARGV[2] limit
-- Reply: id and entry of each

local limit, listed = tonumber(ARGV[2]), {}
local function list(id)
  if #listed < 2 * limit then
    listed[#listed + 1] = id
    listed[#listed + 1] = redis.call('HGET', entries, id) or '0 '
  end
end
if limit > 0 then
  for _, id in ipairs(redis.call('ZRANGE', first, 0, limit - 1)) do list(id) end
end
local lines, longest = {}, 0
for _, client in ipairs(redis.call('ZRANGE', turns, 0, -1)) do
  local line = limit > 0 and redis.call('ZRANGE', lineOf(client), 0, limit - 1) or {}
  longest = math.max(longest, #line)
  lines[#lines + 1] = line
end
for round = 1, longest do
  if #listed >= 2 * limit then break end
  for _, line in ipairs(lines) do
    if line[round] then list(line[round]) end
  end
end
return listed
