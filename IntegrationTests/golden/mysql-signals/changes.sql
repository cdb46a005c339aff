insert into plain values (1, 'before');
set @there = replace(@@global.gtid_executed, '\n', '');
insert into plain values (2, 'again'), (3, 'again');
update plain set v = 'changed' where id = 2;
insert into signals values ('back', 'set-binlog-position', json_object('gtid_set', @there));
