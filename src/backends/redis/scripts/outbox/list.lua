-- Lists deliveries.
-- ARGV[1] prefix
-- ARGV[2] 'waiting', the next one first, or 'given-up', the latest first
-- ARGV[3] limit
-- Reply: their number in all; then entry, time, attempts and owner (JSON: client, host) of each

local limit, listed = tonumber(ARGV[3]), {}
if ARGV[2] == 'given-up' then
  listed[1] = redis.call('ZCARD', givenUp)
  local all = limit > 0 and redis.call('ZRANGE', givenUp, 0, limit - 1, 'REV', 'WITHSCORES') or {}
  for n = 1, #all, 2 do
    local tries, client, host = unpack(cjson.decode(redis.call('HGET', givenUpFacts, all[n]) or '["0","%",""]'))
    for _, value in ipairs({ all[n], all[n + 1], tries, cjson.encode({ client, host }) }) do listed[#listed + 1] = value end
  end
  return listed
end
listed[1] = redis.call('ZCARD', ends) + redis.call('ZCARD', events)
local found = {}
for _, set in ipairs({ ends, events }) do
  local all = limit > 0 and redis.call('ZRANGE', set, 0, limit - 1, 'WITHSCORES') or {}
  for n = 1, #all, 2 do found[#found + 1] = { all[n], tonumber(all[n + 1]) } end
end
table.sort(found, function(a, b) return a[2] < b[2] end)
for n = 1, math.min(#found, limit) do
  local entry, at = unpack(found[n])
  local owner = redis.call('HGET', owners, entry) or cjson.encode({ unknownClient, '' })
  for _, value in ipairs({ entry, string.format('%d', at), redis.call('HGET', attempts, entry) or '0', owner }) do
    listed[#listed + 1] = value
  end
end
return listed
