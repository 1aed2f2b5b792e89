-- The schedule of late-result polls.
--
-- KEYS none; every key is built from the prefix in ARGV[1]. After the prefix:
--   late-polls             sorted set: failed swaps by next poll time
--   late-poll-attempts     hash: polls made so far

-- Longer than late results are accepted, so leftovers are obsolete by then.
local ttlMs = 2 * 24 * 60 * 60 * 1000
local due, attempts = ARGV[1] .. 'late-polls', ARGV[1] .. 'late-poll-attempts'
local function keep() for _, key in ipairs({ due, attempts }) do redis.call('PEXPIRE', key, ttlMs) end end
