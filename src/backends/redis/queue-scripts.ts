import { redisScript } from './connection.js';

/**
 * Keys after the prefix and `queue:` - `entries`, id → "EXPIRES CLIENT" of all that wait or run; `turns`, clients in the
 * order of their turns; `line:CLIENT`, what a client has waiting; `first`, what goes before all lines; `expiry`, what
 * waits, by when its time is up; `running`, id → token of its run, or nothing when its runner is gone; `leases`, what
 * runs, by when its lease ends; `unresolved`, what runs without a slot, since it is unknown whether ModelsLab has it; `orphans`, what had a runner that is gone, by when another may take it; `paused`, there
 * while nothing is handed out; `clock`; `sequence`; `reserved` and `reserved:CLIENT`, places not filled yet, by when they
 * lapse.
 *
 * An entry in `running` occupies a slot unless it is also in `unresolved`. The slot is released when the run ends or releases
 * it, never because a runner died.
 */
const prelude = `
local p = ARGV[1] .. 'queue:'
local entries, turns, first, expiry = p .. 'entries', p .. 'turns', p .. 'first', p .. 'expiry'
local running, leases, orphans = p .. 'running', p .. 'leases', p .. 'orphans'
local unresolved = p .. 'unresolved'
local paused, clock, sequence, reserved = p .. 'paused', p .. 'clock', p .. 'sequence', p .. 'reserved'
local function lineOf(client) return p .. 'line:' .. client end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function nextNumber() return redis.call('INCR', sequence) end
local function readEntry(id)
  local entry = redis.call('HGET', entries, id)
  if entry then return string.match(entry, '^(%d+) (.*)$') end
end
local function takeOut(id)
  local _, client = readEntry(id)
  redis.call('ZREM', expiry, id)
  if redis.call('ZREM', first, id) == 1 or not client then return end
  redis.call('ZREM', lineOf(client), id)
  if redis.call('ZCARD', lineOf(client)) == 0 then redis.call('ZREM', turns, client) end
end
local function changed(what) redis.call('PUBLISH', p .. 'changes', what) end`;

/** client, token, most of one client, most of all, milliseconds after which it lapses → 0 reserved, 1 or 2: too many of the one or the other */
export const reserveScript = redisScript(`${prelude}
local client, token, lapse = ARGV[2], ARGV[3], tonumber(ARGV[6])
local own, time = p .. 'reserved:' .. client, now()
for _, key in ipairs({ reserved, own }) do redis.call('ZREMRANGEBYSCORE', key, '-inf', time) end
if redis.call('ZCARD', lineOf(client)) + redis.call('ZCARD', own) >= tonumber(ARGV[4]) then return 1 end
local waiting = redis.call('HLEN', entries) - redis.call('HLEN', running)
if waiting + redis.call('ZCARD', reserved) >= tonumber(ARGV[5]) then return 2 end
for _, key in ipairs({ reserved, own }) do
  redis.call('ZADD', key, time + lapse, token)
  redis.call('PEXPIRE', key, lapse)
end
return 0`);

/** client, token */
export const releaseScript = redisScript(`${prelude}
redis.call('ZREM', reserved, ARGV[3])
redis.call('ZREM', p .. 'reserved:' .. ARGV[2], ARGV[3])`);

/**
 * client, token of a reservation or nothing, id, expiresAt, 1 if before all lines or 2 if it runs without a slot,
 * TTL in milliseconds → 0 if it was already there
 */
export const addScript = redisScript(`${prelude}
local client, id, expiresAt, isFirst, ttl = ARGV[2], ARGV[4], ARGV[5], ARGV[6] == '1', ARGV[7]
local needsSlot = ARGV[6] ~= '2'
redis.call('ZREM', reserved, ARGV[3])
redis.call('ZREM', p .. 'reserved:' .. client, ARGV[3])
if redis.call('HSETNX', entries, id, expiresAt .. ' ' .. client) == 0 then return 0 end
if not needsSlot then
  redis.call('HSET', running, id, '')
  redis.call('SADD', unresolved, id)
  redis.call('ZADD', orphans, 0, id)
elseif isFirst then
  -- It may be with ModelsLab, so it is not given up for having waited.
  redis.call('ZADD', first, expiresAt, id)
else
  redis.call('ZADD', expiry, expiresAt, id)
  redis.call('ZADD', lineOf(client), nextNumber(), id)
  redis.call('PEXPIRE', lineOf(client), ttl)
  redis.call('ZADD', turns, 'NX', nextNumber(), client)
end
return 1`);

/** id, token of its run, 1 to do without a slot or 0 to count again → 0 if another has the run */
export const countScript = redisScript(`${prelude}
local id = ARGV[2]
if redis.call('HGET', running, id) ~= ARGV[3] then return 0 end
if ARGV[4] == '1' then redis.call('SADD', unresolved, id) else redis.call('SREM', unresolved, id) end
return 1`);

/** id → 1 if it waited */
export const withdrawScript = redisScript(`${prelude}
local id = ARGV[2]
if redis.call('HEXISTS', running, id) == 1 or redis.call('HEXISTS', entries, id) == 0 then return 0 end
takeOut(id)
redis.call('HDEL', entries, id)
changed('moved')
return 1`);

/** ids as JSON → number of waiting clients; the position of each id, 0 if it is not waiting */
export const positionsScript = redisScript(`${prelude}
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
return places`);

/**
 * One instance tells what became of its runs, and is told what to run, what not to go on with, and whose time is up.
 *
 * Leases are measured by a clock that goes on by at most one step from one call to the next, of whichever instance. So a
 * Redis that was away takes no lease from anybody who had no way to renew it.
 *
 * JSON and milliseconds that everything is kept → ids of runs that are somebody else's now; id, token and entry of each
 * new run; id and entry of each whose time is up; milliseconds until something can be handed out again; settings of other
 * live instances that differ from this one's. The lowest slot limit among all instances applies.
 */
export const heartbeatScript = redisScript(`${prelude}
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
return { lost, handed, expired, pauseMs, others }`);
