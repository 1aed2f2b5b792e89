-- An instance reports the outcomes of its runs, and learns what to run, what to abandon and what has expired. The lowest
-- slot limit among all instances applies.
--
-- Leases are measured by a clock that advances by at most one step between two calls, of whichever instance. So an
-- outage of Redis takes no lease from an instance that had no way to renew it.
--
-- ARGV[1] prefix
-- ARGV[2] report of the instance, JSON (runs.ts)
-- ARGV[3] TTL of the keys, ms
-- Reply: { ids of runs that belong to another instance now,
--          id, token and entry of each new run,
--          id and entry of each swap that expired,
--          ms until something can be handed out again,
--          settings of other live instances that differ from this one's }

local told, ttl = cjson.decode(ARGV[2]), ARGV[3]
local time, hasMoved = now(), false
local seen = tonumber(redis.call('HGET', clock, 'seen')) or time
local passed = (tonumber(redis.call('HGET', clock, 'passed')) or 0) + math.max(0, math.min(time - seen, told.stepMs))
redis.call('HSET', clock, 'seen', time, 'passed', passed)

local instances, limit, others = p .. 'instances', told.slots, {}
if told.isOpen then
  redis.call('HSET', instances, told.instance, time .. ' ' .. told.settings)
else
  redis.call('HDEL', instances, told.instance)
end
local members = redis.call('HGETALL', instances)
for i = 1, #members, 2 do
  local seenAt, settings = string.match(members[i + 1], '^(%d+) (.*)$')
  if not seenAt or time - seenAt > told.memberMs then
    redis.call('HDEL', instances, members[i])
  elseif settings ~= told.settings then
    others[#others + 1] = settings
    local isRead, other = pcall(cjson.decode, settings)
    if isRead and type(other) == 'table' and type(other.slots) == 'number' then limit = math.min(limit, other.slots) end
  end
end
redis.call('PEXPIRE', instances, ttl)

local function isHeld(run) return redis.call('HGET', running, run[1]) == run[2] end
local function orphan(id, from)
  redis.call('HSET', running, id, '')
  redis.call('ZREM', leases, id)
  redis.call('ZADD', orphans, from, id)
end
local function free(id)
  redis.call('HDEL', running, id)
  redis.call('SREM', unresolved, id)
  redis.call('ZREM', leases, id)
end

for _, run in ipairs(told.ended) do
  if isHeld(run) then
    free(run[1])
    redis.call('HDEL', entries, run[1])
  end
end
for _, run in ipairs(told.again) do
  if isHeld(run) then
    free(run[1])
    local expiresAt = readEntry(run[1])
    redis.call('ZADD', first, expiresAt, run[1])
    redis.call('ZADD', expiry, expiresAt, run[1])
    -- Nothing for the others to wait for if only this instance cannot reach ModelsLab.
    if run[3] > 0 and redis.call('PTTL', paused) < run[3] then redis.call('SET', paused, 1, 'PX', run[3]) end
    hasMoved = true
  end
end
for _, run in ipairs(told.left) do
  if isHeld(run) then orphan(run[1], passed) end
end
for _, run in ipairs(told.broken) do
  if isHeld(run) then orphan(run[1], passed + told.stepMs) end
end
local lost = {}
for _, run in ipairs(told.runs) do
  if isHeld(run) then redis.call('ZADD', leases, passed + told.leaseMs, run[1]) else lost[#lost + 1] = run[1] end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', passed)) do orphan(id, passed) end

local handed, expired, pauseMs = {}, {}, 0
local function handOut(id)
  -- Never the same again, not even when Redis has lost its numbers.
  local token = time .. '-' .. nextNumber()
  redis.call('HSET', running, id, token)
  redis.call('ZADD', leases, passed + told.leaseMs, id)
  redis.call('ZREM', expiry, id)
  for _, value in ipairs({ id, token, redis.call('HGET', entries, id) or '0 ' }) do handed[#handed + 1] = value end
end
local function shift()
  local returned = redis.call('ZPOPMIN', first)[1]
  if returned then return returned end
  while true do
    local client = redis.call('ZRANGE', turns, 0, 0)[1]
    if not client then return nil end
    local id = redis.call('ZPOPMIN', lineOf(client))[1]
    if redis.call('ZCARD', lineOf(client)) == 0 then
      redis.call('ZREM', turns, client)
    else
      redis.call('ZADD', turns, nextNumber(), client)
    end
    if id then return id end
  end
end
if told.isOpen then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', expiry, '-inf', time, 'LIMIT', 0, 100)) do
    for _, value in ipairs({ id, redis.call('HGET', entries, id) or '0 ' }) do expired[#expired + 1] = value end
    takeOut(id)
    redis.call('HDEL', entries, id)
    hasMoved = true
  end
  -- Instances that can reach ModelsLab have the first go at what may have to be asked for there.
  local due = told.isCutOff and passed - told.leaseMs or passed
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', orphans, '-inf', due)) do
    redis.call('ZREM', orphans, id)
    handOut(id)
  end
  pauseMs = math.max(redis.call('PTTL', paused), 0)
  local slots = math.min(limit - redis.call('HLEN', running) + redis.call('SCARD', unresolved), told.room)
  while pauseMs == 0 and slots > 0 do
    local id = shift()
    if not id then break end
    handOut(id)
    slots = slots - 1
    hasMoved = true
  end
end
if hasMoved then changed('moved') end
if #told.left > 0 then changed('left') end
for _, key in ipairs({ entries, turns, first, expiry, running, leases, orphans, unresolved, clock, sequence }) do
  redis.call('PEXPIRE', key, ttl)
end
return { lost, handed, expired, pauseMs, others }
