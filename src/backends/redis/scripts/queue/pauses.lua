-- Lists the pauses in effect.
-- ARGV[1] prefix
-- Reply: JSON { since, until, note of the operator's pause; since, until of the one for lack of credits; until of a busy one }

local time = now()
local own, lacking = operatorPause(time), creditsPause()
local left = redis.call('PTTL', paused)
local busy = left > 0 and redis.call('GET', paused) ~= 'credits'
return cjson.encode({
  operator = own or nil,
  credits = lacking and { since = lacking.since, ['until'] = lacking['until'] > time and lacking['until'] or nil } or nil,
  busy = busy and { ['until'] = time + left } or nil,
})
