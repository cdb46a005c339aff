insert into outbox values
  ('33333333-3333-3333-3333-333333333333', 'Order', 'o-2', 'created', '{"a":2,"b":"y","c":[3],"d":{"e":false},"g":2.5}', 1, '2024-02-01 00:00:00', 3, 'n3', 0),
  ('44444444-4444-4444-4444-444444444444', 'Order', 'o-3', 'gone', null, 1, '2024-02-02 00:00:00', 3, 'n4', -1),
  ('55555555-5555-5555-5555-555555555555', 'Order', 'o-4', 'empty', '  ', 1, '1970-01-01 00:00:00.9', 3, '', null),
  ('66666666-6666-6666-6666-666666666666', 'Order', 'o-5', 'json', '{"list":[{"x":1},{"x":2,"y":"z"}],"none":[],"n":null,"big":9007199254740993,"deep":[[1],[2,3]],"ws":[{"p":null},{"p":5}]}', 1, null, 3, 'n6', 2),
  ('77777777-7777-7777-7777-777777777777', 'Order', 'o-6', 'odd', '{"mixed":[1,"a"]}', 1, null, 3, 'n7', 2),
  ('88888888-8888-8888-8888-888888888888', 'Order', 'o-7', 'dup', '{"k":1,"l":2,"k":"last"} rest', 1, null, 3, 'n8', 2),
  ('99999999-9999-9999-9999-999999999999', 'Order', 'o-8', 'nums', '{"e":1e3,"m":-0.0,"l":[1.5,2.0],"bool":[true,false],"o":{},"s":["a",null,"b"],"ä-b":1}', 1, null, 3, 'n9', 2),
  ('aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', 'Order', 'o-9', 'bad', '{"open":', 1, null, 3, 'n9', 2);
update outbox set note = 'changed' where aggregateid = 'o-2';
delete from outbox where aggregateid = 'o-1';
insert into plain values (2, 'y');
