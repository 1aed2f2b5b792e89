-- Adds evidence of consent to a swap that has none.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] evidence
-- ARGV[4] when it expires, ms since the epoch
-- Reply: nil

addConsent(ARGV[2], ARGV[3], ARGV[4])
return false
