-- Looks who holds the baton of one user. Called by redisDeviceLock.ts.
--
-- Atomic because the leases mean nothing without this server's time of the same moment. Changes nothing.
--
-- KEYS[1]  the lock, a hash: see claim.lua
-- ARGV[1]  now, ms of the epoch, or '' for this server's own time: nowOf in redis/prelude.lua
--
-- Replies  {now in ms, field, value, field, value …}, only {now} when nobody was ever settled
--          {'garbled'}  what is there is not of our making
local key = KEYS[1]
local now = whole(nowOf(ARGV[1]))
local kind = redis.call('TYPE', key).ok
if kind == 'none' then return { now } end
-- A value of a megabyte is not sent to whoever looks.
if kind ~= 'hash' or redis.call('HLEN', key) > 1000 then return { 'garbled' } end
for _, field in ipairs({ 'deviceId', 'label', 'epoch', 'since' }) do
  if redis.call('HSTRLEN', key, field) > 2000 then return { 'garbled' } end
end
local found = redis.call('HGETALL', key)
table.insert(found, 1, now)
return found
