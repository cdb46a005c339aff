insert into times select id + 100, d, t, t3, ts, ts3, r from times order by id;
