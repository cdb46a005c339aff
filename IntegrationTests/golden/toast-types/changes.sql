update toasted set n = 2;
update toasted set t = 'short', ai = '{7}', h = null, b = '\x01';
