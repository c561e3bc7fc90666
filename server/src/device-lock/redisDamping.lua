-- Counts one press for the baton of one user. Called by redisDamping.ts.
--
-- Decides: so many presses within a while are free, the next one begins a wait, and after it the count starts anew. Atomic
-- because two devices press on two nodes at once. Safe to run twice: a press that went through is known by its id; the
-- one that began the wait is told what is left of it.
--
-- KEYS[1]  a sorted set: ids of the presses that went through, by their times in ms; «wait», by its end in ms
-- ARGV[1]  now, ms of the epoch, or '' for this server's own time: nowOf in redis/prelude.lua
-- ARGV[2]  id of the press
-- ARGV[3]  so many are free   ARGV[4] within so many ms   ARGV[5] and who wants more waits so many ms
--
-- Replies  {0}   counted: go on
--          {ms}  to wait
--          {… , 'dropped'}  what was there could not be read, and is gone
local key, press = KEYS[1], ARGV[2]
local free, withinMs, waitMs = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local now = nowOf(ARGV[1])

-- Written by itself, Lua rounds a number of thirteen digits.
local function exact(number) return string.format('%.17g', number) end

local kind = redis.call('TYPE', key).ok
local isOurs = kind == 'none' or (kind == 'zset' and redis.call('ZCARD', key) <= free + 1)
if not isOurs then redis.call('UNLINK', key) end

local function answer(ms)
  if isOurs then return { ms } end
  return { ms, 'dropped' }
end

if redis.call('ZSCORE', key, press) then return answer(0) end

local ends = tonumber(redis.call('ZSCORE', key, 'wait') or nil)
if ends then
  -- A clock that was put back, and garbage, may say more: nobody is told to wait for longer than the rule says.
  if now < ends and ends <= now + waitMs then return answer(math.ceil(ends - now)) end
  redis.call('DEL', key)
end

-- What lies ahead was pressed by a clock that was put back since.
redis.call('ZREMRANGEBYSCORE', key, '-inf', exact(now - withinMs))
redis.call('ZREMRANGEBYSCORE', key, '(' .. exact(now), '+inf')
if redis.call('ZCARD', key) < free then
  redis.call('ZADD', key, exact(now), press)
  redis.call('PEXPIRE', key, ARGV[4])
  return answer(0)
end
redis.call('ZADD', key, exact(now + waitMs), 'wait')
redis.call('PEXPIRE', key, ARGV[5])
return answer(waitMs)
