-- Accepts a swap: writes its record, takes its claims, and adds it to the open swaps and its client's list.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] record
-- ARGV[4] client
-- ARGV[5] fingerprint
-- ARGV[6] ms that an open swap is kept
-- ARGV[7] JSON: { guard: claim that must be free, replaces: swap that may hold it, claims: all claims to take }
-- ARGV[8] evidence of consent; empty: there is none
-- ARGV[9] when the evidence expires, ms since the epoch
-- Reply: nil, or "ID FINGERPRINT" of the swap that holds the guarding claim; then nothing was written

local id, record, client, fingerprint, ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local wanted = cjson.decode(ARGV[7])
if wanted.guard then
  local holder, value = holderOf(wanted.guard)
  if holder and holder ~= wanted.replaces then return value end
end
redis.call('SET', prefix .. 'pending:' .. id, record, 'PX', ttl)
local seq = redis.call('INCR', sequence)
for _, claim in ipairs(wanted.claims) do
  redis.call('SET', prefix .. claim, id .. ' ' .. fingerprint, 'PX', ttl)
end
redis.call('HSET', entryOf(id), 'client', client, 'seq', seq, 'claims', cjson.encode(wanted.claims))
redis.call('PEXPIRE', entryOf(id), ttl)
redis.call('ZADD', open, seq, id .. ' ' .. client)
local own = ownOf(client)
redis.call('ZADD', own, seq, id)
-- Each new swap removes up to two expired ones, so that the index does not accumulate them.
for _, old in ipairs(redis.call('ZRANGE', own, 0, 1)) do
  if redis.call('EXISTS', entryOf(old)) == 0 then redis.call('ZREM', own, old) end
end
for _, key in ipairs({ open, own, sequence }) do extend(key, ttl) end
if ARGV[8] ~= '' then addConsent(id, ARGV[8], ARGV[9]) end
return false
