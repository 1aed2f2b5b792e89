-- The queue: round-robin over clients, first-in first-out within a client.
--
-- KEYS none; every key is built from the prefix in ARGV[1]. After the prefix and `queue:`
--   entries          hash: id -> "EXPIRES CLIENT" of all waiting and running swaps
--   turns            sorted set: clients with waiting swaps, in the order of their turns
--   line:CLIENT      sorted set: a client's waiting swaps and those of its client tokens, by "ROUND.NUMBER"
--   subjects:CLIENT  sorted set: who has swaps in that line, the client or client tokens, by the round of the last one
--   first            sorted set: swaps ahead of all lines
--   expiry           sorted set: waiting swaps by deadline
--   running          hash: id -> token of its run, empty if stalled
--   leases           sorted set: runs by the end of their lease
--   unresolved       set: runs without a slot, since it is unknown whether ModelsLab has them
--   orphans          sorted set: stalled runs by when another instance may take them
--   paused           string: exists while nothing is assigned because of ModelsLab; `credits` for lack of credits
--   credits          hash: exists from the first submission refused for lack of credits to the first one accepted:
--                    since, until (when the next one is tried), trying (its id)
--   operator         hash: an operator's pause: since, until ('' without an end), note
--   occupied         number: slots that other programs on the account hold
--   clock            hash: lease clock
--   instances        hash: instance -> "SEEN SETTINGS"
--   sequence         number
--   reserved, reserved:CLIENT  sorted sets: unfilled reservations by expiry
--
-- An entry in `running` occupies a slot unless it is also in `unresolved`. The slot is released when the run finishes
-- or releases it, never because its instance died.

local p = ARGV[1] .. 'queue:'
local entries, turns, first, expiry = p .. 'entries', p .. 'turns', p .. 'first', p .. 'expiry'
local running, leases, stalled = p .. 'running', p .. 'leases', p .. 'orphans'
local unresolved = p .. 'unresolved'
local credits, operator = p .. 'credits', p .. 'operator'
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
local function dequeue(id)
  local _, client = readEntry(id)
  redis.call('ZREM', expiry, id)
  if redis.call('ZREM', first, id) == 1 or not client then return end
  redis.call('ZREM', lineOf(client), id)
  if redis.call('ZCARD', lineOf(client)) == 0 then redis.call('ZREM', turns, client) end
end
-- The operator's pause, if it is in effect.
local function operatorPause(time)
  local since, till, note = unpack(redis.call('HMGET', operator, 'since', 'until', 'note'))
  local ends = tonumber(till)
  if not since or (ends and ends <= time) then return nil end
  return { since = tonumber(since), ['until'] = ends, note = note ~= '' and note or nil }
end
local function creditsPause()
  local since, till, trying = unpack(redis.call('HMGET', credits, 'since', 'until', 'trying'))
  if not since then return nil end
  return { since = tonumber(since), ['until'] = tonumber(till), trying = trying or nil }
end
local function changed(what) redis.call('PUBLISH', p .. 'changes', what) end
