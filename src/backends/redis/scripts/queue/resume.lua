-- Ends pauses.
-- ARGV[1] prefix
-- ARGV[2] reasons, JSON
-- Reply: nil

local isPausedForCredits = redis.call('GET', paused) == 'credits'
for _, reason in ipairs(cjson.decode(ARGV[2])) do
  if reason == 'OPERATOR' then redis.call('DEL', operator) end
  if reason == 'ACCOUNT_CREDITS' then
    redis.call('DEL', credits)
    if isPausedForCredits then redis.call('DEL', paused) end
  end
  if reason == 'UPSTREAM_BUSY' and not isPausedForCredits then redis.call('DEL', paused) end
end
changed('left')
