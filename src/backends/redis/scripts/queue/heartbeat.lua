-- Reports the outcomes of an instance's runs; returns which swaps to run, which runs to abort, and which swaps have expired.
-- The lowest slot limit among all instances applies.
--
-- Leases are measured on a clock that advances by at most one step between two calls, whichever instances make them. So no
-- lease expires during an outage of Redis, when it cannot be renewed.
--
-- ARGV[1] prefix
-- ARGV[2] report of the instance, JSON (runs.ts)
-- ARGV[3] TTL of the keys, ms
-- Reply: { ids of runs that now belong to another instance,
--          id, token and entry of each new run,
--          id and entry of each expired swap,
--          ms until swaps can be assigned again,
--          settings of other live instances that differ from this one's,
--          reasons of the pauses in effect }

local report, ttl = cjson.decode(ARGV[2]), ARGV[3]
local time, hasMoved = now(), false
local seen = tonumber(redis.call('HGET', clock, 'seen')) or time
local passed = (tonumber(redis.call('HGET', clock, 'passed')) or 0) + math.max(0, math.min(time - seen, report.stepMs))
redis.call('HSET', clock, 'seen', time, 'passed', passed)

local instances, limit, others = p .. 'instances', report.slots, {}
if report.isOpen then
  redis.call('HSET', instances, report.instance, time .. ' ' .. report.settings)
else
  redis.call('HDEL', instances, report.instance)
end
local members = redis.call('HGETALL', instances)
for i = 1, #members, 2 do
  local seenAt, settings = string.match(members[i + 1], '^(%d+) (.*)$')
  if not seenAt or time - seenAt > report.memberMs then
    redis.call('HDEL', instances, members[i])
  elseif settings ~= report.settings then
    others[#others + 1] = settings
    local isRead, other = pcall(cjson.decode, settings)
    if isRead and type(other) == 'table' and type(other.slots) == 'number' then limit = math.min(limit, other.slots) end
  end
end
redis.call('PEXPIRE', instances, ttl)

local function isHeld(run) return redis.call('HGET', running, run[1]) == run[2] end
local function stall(id, from)
  redis.call('HSET', running, id, '')
  redis.call('ZREM', leases, id)
  redis.call('ZADD', stalled, from, id)
end
local function free(id)
  redis.call('HDEL', running, id)
  redis.call('SREM', unresolved, id)
  redis.call('ZREM', leases, id)
end

for _, run in ipairs(report.finished) do
  if isHeld(run) then
    free(run[1])
    redis.call('HDEL', entries, run[1])
  end
end
for _, run in ipairs(report.requeued) do
  if isHeld(run) then
    free(run[1])
    local expiresAt = readEntry(run[1])
    redis.call('ZADD', first, expiresAt, run[1])
    redis.call('ZADD', expiry, expiresAt, run[1])
    -- 0 if only this instance cannot reach ModelsLab: the others need not pause.
    if run[3] > 0 and redis.call('PTTL', paused) < run[3] then redis.call('SET', paused, 1, 'PX', run[3]) end
    if run[4] > 0 then
      -- Intervals double: each is as long as the account has been without credits.
      local lacking = creditsPause() or { since = time, ['until'] = time }
      local ms = math.min(math.max(time - lacking.since, run[4]), 10 * run[4])
      redis.call('HSET', credits, 'since', lacking.since, 'until', math.max(lacking['until'], time + ms))
      if redis.call('PTTL', paused) < ms then redis.call('SET', paused, 'credits', 'PX', ms) end
    end
    hasMoved = true
  end
end
local lacking = creditsPause()
if lacking then
  for _, id in ipairs(report.accepted) do
    if id == lacking.trying then
      redis.call('DEL', credits)
      if redis.call('GET', paused) == 'credits' then redis.call('DEL', paused) end
      lacking = nil
      changed('left')
      break
    end
  end
end
for _, run in ipairs(report.interrupted) do
  if isHeld(run) then stall(run[1], passed) end
end
for _, run in ipairs(report.failed) do
  if isHeld(run) then stall(run[1], passed + report.stepMs) end
end
local lost = {}
for _, run in ipairs(report.runs) do
  if isHeld(run) then redis.call('ZADD', leases, passed + report.leaseMs, run[1]) else lost[#lost + 1] = run[1] end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', passed)) do stall(id, passed) end

local assigned, expired, pauseMs = {}, {}, 0
local function assign(id)
  -- Unique even if Redis has lost the sequence.
  local token = time .. '-' .. nextNumber()
  redis.call('HSET', running, id, token)
  redis.call('ZADD', leases, passed + report.leaseMs, id)
  redis.call('ZREM', expiry, id)
  for _, value in ipairs({ id, token, redis.call('HGET', entries, id) or '0 ' }) do assigned[#assigned + 1] = value end
end
local function shift()
  local requeued = redis.call('ZPOPMIN', first)[1]
  if requeued then return requeued end
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
if report.isOpen then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', expiry, '-inf', time, 'LIMIT', 0, 100)) do
    for _, value in ipairs({ id, redis.call('HGET', entries, id) or '0 ' }) do expired[#expired + 1] = value end
    dequeue(id)
    redis.call('HDEL', entries, id)
    hasMoved = true
  end
  -- Instances that can reach ModelsLab go first: a stalled swap may have to be polled.
  local due = report.isCutOff and passed - report.leaseMs or passed
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', stalled, '-inf', due)) do
    redis.call('ZREM', stalled, id)
    assign(id)
  end
  pauseMs = math.max(redis.call('PTTL', paused), 0)
  limit = limit - (tonumber(redis.call('GET', p .. 'occupied')) or 0)
  local slots = math.min(limit - redis.call('HLEN', running) + redis.call('SCARD', unresolved), report.room)
  local own = operatorPause(time)
  if own then pauseMs = math.max(pauseMs, own['until'] and own['until'] - time or report.leaseMs) end
  if pauseMs > 0 and slots > 0 then
    -- Those that may be at ModelsLab already do not expire, and are followed during a pause as well.
    for _, id in ipairs(redis.call('ZRANGE', first, 0, -1)) do
      if slots > 0 and not redis.call('ZSCORE', expiry, id) then
        redis.call('ZREM', first, id)
        assign(id)
        slots = slots - 1
      end
    end
  end
  if lacking then
    local trying = lacking.trying
    local isTrying = trying and redis.call('HEXISTS', running, trying) == 1 and redis.call('SISMEMBER', unresolved, trying) == 0
    slots = math.min(slots, isTrying and 0 or 1)
  end
  while pauseMs == 0 and slots > 0 do
    local id = shift()
    if not id then break end
    assign(id)
    if lacking then redis.call('HSET', credits, 'trying', id) end
    slots = slots - 1
    hasMoved = true
  end
end
if hasMoved then changed('moved') end
if #report.interrupted > 0 then changed('left') end
local reasons = {}
if operatorPause(time) then reasons[#reasons + 1] = 'OPERATOR' else redis.call('DEL', operator) end
if lacking then reasons[#reasons + 1] = 'ACCOUNT_CREDITS' end
if redis.call('EXISTS', paused) == 1 and redis.call('GET', paused) ~= 'credits' then reasons[#reasons + 1] = 'UPSTREAM_BUSY' end
for _, key in ipairs({ entries, turns, first, expiry, running, leases, stalled, unresolved, credits, operator, clock, sequence }) do
  redis.call('PEXPIRE', key, ttl)
end
return { lost, assigned, expired, pauseMs, others, reasons }
