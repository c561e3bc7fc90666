/**
 * Lua that spoils every key of Redis in one of many ways; which, is drawn from ARGV[1]. Types are changed, fields are of another
 * kind, endless or missing, numbers are past what a number is, values are a megabyte of nothing.
 */
export const GARBLE = `
local keys = redis.call('KEYS', '*')
local seed = tonumber(ARGV[1])
local huge = string.rep('x', 1000000)
local odd = { '', 'null', '{', '-1', '1e400', 'nan', '9007199254740993', huge, '{"__proto__":{}}', string.char(0, 255, 254) }
local function draw(most) seed = (seed * 16807 + 11) % 2147483647; return seed % most + 1 end
for i, key in ipairs(keys) do
  local kind = redis.call('TYPE', key).ok
  local way = draw(5)
  if way == 1 then
    redis.call('DEL', key)
    redis.call('SET', key, odd[draw(#odd)])
  elseif way == 2 then
    redis.call('DEL', key)
    redis.call('RPUSH', key, 'a', huge)
  elseif way == 3 then
    redis.call('DEL', key)
    redis.call('HSET', key, 'field', odd[draw(#odd)])
  elseif way == 4 and kind == 'hash' then
    -- A few of each: two thousand megabytes would be a fault of Redis, not of what is in it.
    for n, field in ipairs(redis.call('HKEYS', key)) do
      if n <= 5 then redis.call('HSET', key, field, odd[draw(#odd)]) end
    end
  elseif way == 5 and kind == 'hash' then
    for n = 1, 2000 do redis.call('HSET', key, 'lease:' .. n, '99999999999999') end
  else
    redis.call('DEL', key)
    redis.call('ZADD', key, '1', 'x', 'inf', 'y')
  end
end
return #keys
`;
