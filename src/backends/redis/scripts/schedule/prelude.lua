-- A schedule of work on swaps: polls for late results, copies into the archive, or erasures.
--
-- KEYS none; every key is built from the prefix in ARGV[1] and the kind of entry in ARGV[2]. After the prefix:
--   late-polls             sorted set: failed swaps by next poll time
--   late-poll-attempts     hash: polls made so far
--   archive-jobs           sorted set: swaps whose files are to be copied, and the next sweep, by due time
--   archive-job-attempts   hash: copies that failed so far
--   erasure-jobs           sorted set: swaps to be erased, by due time
--   erasure-job-attempts   hash: attempts so far

-- Longer than any entry waits for its next attempt.
local ttlMs = 2 * 24 * 60 * 60 * 1000
local due, attempts = ARGV[1] .. ARGV[2] .. 's', ARGV[1] .. ARGV[2] .. '-attempts'
local function keep() for _, key in ipairs({ due, attempts }) do redis.call('PEXPIRE', key, ttlMs) end end
