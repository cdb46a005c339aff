insert into cut select 'streamed', t, required, v, short, c, b, null, one, words, codes, json, uuid, mood, citext, label, code, i2, i4, i8, f4,
  f8, n4, n9, bool, bit, bits, bits8, varbit, d, ti, ti0, tz, ts, ts0, tstz, iv, money, xml, inet, cidr, mac, point, range, oid, jsonb, tsv
  from cut where id = 'abcdefgh';
update cut set t = 'aé😀😀' where id = 'é';
update cut set id = 'abcdef' where id = 'ab';
delete from cut where id = 'abcdefgh';
insert into starred select 'c', t, required, v, c, b, name, one, words, json, uuid, mood, citext, label, code, i4, n, d, xml, inet, jsonb,
  required_int from starred where id = 'abcdefgh';
insert into starred (id, required_int) values ('d', 1);
update starred set id = 'e' where id = 'd';
delete from starred where id = 'c';
insert into hashed select 'd', t, v, required, odd from hashed where id = 'a';
insert into hashed select 'e', t, v, required, odd from hashed where id = 'c';
update hashed set id = 'f' where id = 'b';
delete from hashed where id = 'a';
insert into hashed2 select 'c', t, v, c, required, b, null, one, words, json, mood, citext, label, code, i4, required_mood from hashed2 where id = 'a';
update hashed2 set v = 'other' where id = 'b';
delete from hashed2 where id = 'a';
insert into many values (2, null, null, null, null);
update emptied set t = 'xyz' where id = 1;
insert into algorithms select 3, t, t, t, t, t, t, t, t, t, t from (select repeat('x', 127) t) s;
