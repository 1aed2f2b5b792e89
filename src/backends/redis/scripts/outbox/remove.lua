-- Removes a delivery.
-- ARGV[1] prefix
-- ARGV[2] entry
-- Reply: nil

drop(ARGV[2])
