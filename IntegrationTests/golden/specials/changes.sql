insert into numbers select id + 100, n, s, neg, a, s2, m from numbers order by id;
insert into strict select id + 100, n, s from strict order by id;
insert into times select id + 100, d, t, t3, ts, ts3, z, i from times order by id;
