-- Releases a reservation.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] token of the reservation
-- Reply: nil

dropReservation(ARGV[2], ARGV[3])
