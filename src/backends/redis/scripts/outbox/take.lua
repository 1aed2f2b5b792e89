-- Leases due deliveries, round-robin over clients.
-- ARGV[1] prefix
-- ARGV[2] now
-- ARGV[3] end of the lease
-- ARGV[4] limit
-- ARGV[5] limit per client
-- ARGV[6] client after which the round starts, or ''
-- ARGV[7] limits of individual clients, JSON
-- Reply: entry, attempts and owner (JSON) of each

local now, untilAt, limit, perClient, after = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local room = cjson.decode(ARGV[7])

-- Entries added by an earlier version have no owner, and entries removed by it still have one. Comparing the counts reveals
-- most of them at once, and the check once a minute the rest.
local isCheckDue = redis.call('SET', p .. 'callback-check', '1', 'NX', 'PX', checkIntervalMs)
if isCheckDue or redis.call('HLEN', owners) ~= redis.call('ZCARD', ends) + redis.call('ZCARD', events) then
  for _, set in ipairs({ ends, events }) do
    local all = redis.call('ZRANGE', set, 0, -1, 'WITHSCORES')
    for n = 1, #all, 2 do
      if not ownerOf(all[n]) then own(all[n], unknownClient, '', all[n + 1]) end
    end
  end
  for _, entry in ipairs(redis.call('HKEYS', owners)) do
    if not redis.call('ZSCORE', setOf(entry), entry) then drop(entry) end
  end
  keep(unknownClient)
end

local function dueOf(client, most)
  while true do
    local due = redis.call('ZRANGEBYSCORE', lineOf(client), '-inf', now, 'LIMIT', 0, most)
    local isCurrent = true
    for _, entry in ipairs(due) do
      local at = redis.call('ZSCORE', setOf(entry), entry)
      if not at then
        drop(entry)
        isCurrent = false
      elseif tonumber(at) > now then
        redis.call('ZADD', lineOf(client), at, entry)
        isCurrent = false
      end
    end
    if isCurrent then return due end
  end
end

local lines = {}
local function visit(from, to)
  while #lines < limit do
    local names = redis.call('ZRANGEBYLEX', clients, from, to, 'LIMIT', 0, 64)
    if #names == 0 then return end
    for _, client in ipairs(names) do
      local most = math.min(room[client] or perClient, limit)
      local due = most > 0 and dueOf(client, most) or {}
      if #due > 0 then lines[#lines + 1] = { client = client, due = due } end
      if #lines == limit then return end
    end
    from = '(' .. names[#names]
  end
end
if after == '' then
  visit('-', '+')
else
  visit('(' .. after, '+')
  visit('-', '[' .. after)
end

local taken, round, hasMore = {}, 1, true
while hasMore and #taken < 3 * limit do
  hasMore = false
  for _, line in ipairs(lines) do
    local entry = line.due[round]
    if entry and #taken < 3 * limit then
      hasMore = true
      redis.call('ZADD', setOf(entry), untilAt, entry)
      redis.call('ZADD', lineOf(line.client), untilAt, entry)
      taken[#taken + 1] = entry
      taken[#taken + 1] = redis.call('HGET', attempts, entry) or '0'
      taken[#taken + 1] = redis.call('HGET', owners, entry) or cjson.encode({ line.client, '' })
    end
  end
  round = round + 1
end
return taken
