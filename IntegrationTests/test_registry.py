"""Schemas in a registry: asked once, by user and password, over TLS, with a second registry in reserve; refused with what differs."""

import base64
import json
import subprocess

import pytest

from harness import avro, millrace
from harness.stand_in_registry import StandInRegistry

config = {"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "reg", "slot.name": "registry",
          "publication.name": "registry", "name": "registry"}


@pytest.fixture
def database(postgres):
    postgres.drop_slots("slot_name = %s", "registry")
    with postgres.database("registry") as name:
        postgres.script("create table t (id int primary key, v text); insert into t select n, 'v' || n from generate_series(1, 50) n;", name)
        yield name


def confluent(url, **settings):
    return {f"{side}.converter{key}": value for side in ("key", "value") for key, value in
            {"": "io.confluent.connect.avro.AvroConverter", ".schema.registry.url": url, **{f".{key}": value for key, value in settings.items()}}.items()}


def run(postgres, database, folder, settings):
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    settings = {**postgres.settings(database), **millrace.file_output(folder), **settings}
    code, _, said = millrace.call("run", path, *millrace.settings_to_arguments(settings), "--exit-when-idle", "1")
    return code, said


def messages(folder, registry):
    """What the records hold, by topic."""
    path, found = folder / "records.jsonl", []
    for line in path.read_text().splitlines() if path.exists() else []:
        record = json.loads(line)
        data = base64.b64decode(record["value"]["base64"])
        assert data[0] == 0
        found.append((record["topic"], avro.decode(registry.text(int.from_bytes(data[1:5], "big")), data[5:])))
    return found


def test_a_schema_is_registered_once(postgres, database, tmp_path):
    with StandInRegistry(user="me:pass word") as registry:
        url = registry.url.replace("http://", "http://me:pass%20word@")
        assert run(postgres, database, tmp_path, confluent(url))[0] == 0
        assert registry.requests == ["POST /subjects/reg.public.t-key/versions", "POST /subjects/reg.public.t-value/versions"]
        # The second run asks again, and nobody has to register anything for it.
        postgres.script("update t set v = 'new' where id = 1; delete from t where id = 2;", database)
        settings = confluent(registry.url, **{"auto.register.schemas": "false", "basic.auth.credentials.source": "USER_INFO", "basic.auth.user.info": "me:pass word",
                                              "normalize.schemas": "true"})
        assert run(postgres, database, tmp_path, settings)[0] == 0
        assert registry.requests[2:] == ["POST /subjects/reg.public.t-key?normalize=true", "POST /subjects/reg.public.t-value?normalize=true"]
        # The tombstone has no value.
        lines = (tmp_path / "records.jsonl").read_text().splitlines()
        assert len(lines) == 53 and json.loads(lines.pop())["value"] is None
        (tmp_path / "records.jsonl").write_text("\n".join(lines))
        got = messages(tmp_path, registry)
        assert [value["after"] and value["after"]["v"] for _, value in got] == [*(f"v{n}" for n in range(1, 51)), "new", None]


def test_a_wrong_password_ends_the_run_and_is_not_shown(postgres, database, tmp_path):
    with StandInRegistry(user="me:right") as registry:
        code, said = run(postgres, database, tmp_path, confluent(registry.url.replace("http://", "http://me:secret@")))
        assert code == 1 and "registry.access" in said and "secret" not in said, said


def test_a_change_that_is_not_compatible_says_what_differs(postgres, database, tmp_path):
    for number, terse in enumerate((False, True)):
        folder = millrace.fresh(tmp_path / str(number))
        postgres.drop_slots("slot_name = %s", "registry")
        postgres.script("drop table if exists u; create table u (id int primary key, v text); insert into u values (1, 'a');", database)
        with StandInRegistry(compatibility="BACKWARD", terse=terse) as registry:
            tables = {"table.include.list": "public\\.u"}
            assert run(postgres, database, folder, {**confluent(registry.url), **tables})[0] == 0
            postgres.script("alter table u alter v type int using 1; insert into u values (2, 2); alter table u alter v type text; insert into u values (3, 'c');", database)
            code, said = run(postgres, database, folder, {**confluent(registry.url), **tables})
            assert code == 1 and "registry.incompatible" in said and "reg.public.u-value" in said and "/v'" in said, said
            # With tolerance it is a dead letter, and the others pass.
            letters = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": "letters"}
            code, said = run(postgres, database, folder, {**confluent(registry.url), **tables, **letters})
            assert code == 0, said
            got = messages(folder, registry)
            assert [topic for topic, _ in got] == ["reg.public.u", "letters", "reg.public.u"]
            assert json.loads(base64.b64decode(got[1][1]) if isinstance(got[1][1], str) else got[1][1])["after"] == {"id": 2, "v": 2}


def test_another_registry_answers_where_the_first_is_away(postgres, database, tmp_path):
    with StandInRegistry() as registry:
        code, said = run(postgres, database, tmp_path, confluent(f"http://127.0.0.1:1,{registry.url}"))
        assert code == 0, said
        assert len(messages(tmp_path, registry)) == 50


def test_a_registry_that_fails_is_tried_again(postgres, database, tmp_path):
    with StandInRegistry() as registry:
        registry.failing = 3
        code, said = run(postgres, database, tmp_path, confluent(registry.url))
        assert code == 0 and "registry.failing" in said, said
        assert len(messages(tmp_path, registry)) == 50
    with StandInRegistry() as registry:
        registry.failing = 3
        postgres.drop_slots("slot_name = %s", "registry")
        folder = millrace.fresh(tmp_path / "patient")
        code, said = run(postgres, database, folder, {**confluent(registry.url), "errors.retry.timeout": "20000", "errors.max.retries": "0"})
        assert code == 0 and "interrupted" not in said, said
        assert len(messages(folder, registry)) == 50


def test_the_latest_schema_must_have_the_form_of_the_records(postgres, database, tmp_path):
    with StandInRegistry() as registry:
        assert run(postgres, database, tmp_path, confluent(registry.url))[0] == 0
        latest = confluent(registry.url, **{"auto.register.schemas": "false", "use.latest.version": "true"})
        # Somebody has added documentation, which changes no byte.
        changed = json.loads(registry.text(2))
        changed["doc"] = "ours"
        registry._add("reg.public.t-value", "AVRO", json.dumps(changed))
        postgres.script("update t set v = 'a' where id = 1;", database)
        code, said = run(postgres, database, tmp_path, latest)
        assert code == 0, said
        assert len(messages(tmp_path, registry)) == 51
        postgres.script("alter table t add column w int; update t set w = 1 where id = 1;", database)
        code, said = run(postgres, database, tmp_path, latest)
        assert code == 1 and "registry.different" in said and "before.w is not there" in said, said


def test_over_tls_the_certificate_must_be_known(postgres, database, tmp_path):
    pem = tmp_path / "registry.pem"
    subprocess.run(["openssl", "req", "-new", "-x509", "-days", "2", "-nodes", "-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", pem, "-out", tmp_path / "registry.crt"], check=True, capture_output=True)
    pem.write_text(pem.read_text() + (tmp_path / "registry.crt").read_text())
    with StandInRegistry(certificate=pem) as registry:
        code, said = run(postgres, database, tmp_path, confluent(registry.url))
        assert code == 1 and "registry.tls" in said, said
        code, said = run(postgres, database, tmp_path, confluent(registry.url, **{"schema.registry.ssl.truststore.location": tmp_path / "registry.crt"}))
        assert code == 0, said
        assert len(messages(tmp_path, registry)) == 50


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_apicurios_own_interface(postgres, database, tmp_path, version):
    def apicurio(**settings):
        return {f"{side}.converter{key}": value for side in ("key", "value") for key, value in
                {"": "io.apicurio.registry.utils.converter.AvroConverter", ".apicurio.registry.url": f"{registry.url}/apis/registry/{version}",
                 ".apicurio.auth.username": "me", ".apicurio.auth.password": "pass", **{f".apicurio.registry.{key}": value for key, value in settings.items()}}.items()}

    def numbers():
        lines = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
        return [base64.b64decode(line["value"]["base64"]) for line in lines]

    with StandInRegistry(user="me:pass", compatibility="BACKWARD") as registry:
        tables = {"table.include.list": "public\\.u"}
        postgres.script("create table u (id int primary key, v text); insert into u values (1, 'a');", database)
        # Nobody has registered anything, and nobody may.
        code, said = run(postgres, database, tmp_path, {**apicurio(), **tables})
        assert code == 1 and "registry.missing" in said, said
        code, said = run(postgres, database, tmp_path, {**apicurio(**{"auto-register": "true"}), **tables})
        assert code == 0, said
        assert len(registry.requests) == 4, registry.requests
        # Eight bytes with the global number.
        message = numbers()[-1]
        assert message[:9] == b"\0" + (1002).to_bytes(8, "big")
        assert avro.decode(registry.text(2), message[9:])["after"] == {"id": 1, "v": "a"}
        # Four bytes with the number of the content, found and not registered; then the latest.
        for extra in ({}, {"find-latest": "true"}):
            postgres.script("update u set v = 'b' where id = 1", database)
            code, said = run(postgres, database, tmp_path, {**apicurio(**{"as-confluent": "true", "use-id": "contentId"}, **extra), **tables})
            assert code == 0, said
            message = numbers()[-1]
            assert message[:5] == b"\0" + (2).to_bytes(4, "big")
            assert avro.decode(registry.text(2), message[5:])["after"] == {"id": 1, "v": "b"}
        # A change that is refused, and one that the latest version does not have.
        postgres.script("alter table u alter v type int using 1; insert into u values (2, 2);", database)
        code, said = run(postgres, database, tmp_path, {**apicurio(**{"find-latest": "true"}), **tables})
        assert code == 1 and "registry.different" in said and "v is" in said, said
        code, said = run(postgres, database, tmp_path, {**apicurio(**{"auto-register": "true"}), **tables})
        assert code == 1 and "registry.incompatible" in said and "/v'" in said, said


def test_apicurios_number_in_a_header(postgres, database, tmp_path):
    """As DefaultHeadersHandler and AvroSerdeHeaders write it, behind the record's own headers: eight bytes, and the encoding."""
    with StandInRegistry() as registry:
        settings = {f"{side}.converter{key}": value for side in ("key", "value") for key, value in
                    {"": "io.apicurio.registry.utils.converter.AvroConverter", ".apicurio.registry.url": f"{registry.url}/apis/registry/v2",
                     ".apicurio.registry.auto-register": "true", ".apicurio.registry.headers.enabled": "true",
                     ".apicurio.registry.headers.key.globalId.name": "number"}.items()}
        settings["value.converter.apicurio.registry.use-id"] = "contentId"
        code, said = run(postgres, database, tmp_path, settings)
        assert code == 0, said
        lines = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
        assert len(lines) == 50
        for line in lines:
            key, value = (base64.b64decode(line[side]["base64"]) for side in ("key", "value"))
            assert avro.decode(registry.text(2), value)["after"] == {**avro.decode(registry.text(1), key), "v": f"v{avro.decode(registry.text(1), key)['id']}"}
            own, made = line["headers"][:-4], line["headers"][-4:]
            assert own and all(header["key"].startswith("__debezium") for header in own)
            assert [(header["key"], base64.b64decode(header["value"]["base64"])) for header in made] == [
                ("number", (1001).to_bytes(8, "big")), ("apicurio.key.encoding", b"BINARY"),
                ("apicurio.value.contentId", (2).to_bytes(8, "big")), ("apicurio.value.encoding", b"BINARY")]


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_apicurios_json_names_its_schema(postgres, database, tmp_path, version):
    """The schema in the registry and the payload are the two halves of what JsonConverter writes."""
    with StandInRegistry() as registry:
        ext = {f"{side}.converter{key}": value for side in ("key", "value") for key, value in
               {"": "io.apicurio.registry.utils.converter.ExtJsonConverter", ".apicurio.registry.url": f"{registry.url}/apis/registry/{version}",
                ".apicurio.registry.auto-register": "true", ".decimal.format": "NUMERIC"}.items()}
        code, said = run(postgres, database, tmp_path, ext)
        assert code == 0, said
        named = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
        assert len(registry.requests) == 2, registry.requests
        assert {registry.language(number) for number in (1, 2)} == {"KCONNECT"}
        for file in tmp_path.glob("offsets*"), tmp_path.glob("records*"):
            for path in file:
                path.unlink()
        postgres.drop_slots("slot_name = %s", "registry")
        code, said = run(postgres, database, tmp_path, {f"{side}.converter.decimal.format": "NUMERIC" for side in ("key", "value")})
        assert code == 0, said
        plain = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text().splitlines()]
        assert len(named) == len(plain) == 50
        for a, b in zip(named, plain):
            for side in ("key", "value"):
                assert list(a[side]) == ["schemaId", "payload"]
                assert json.loads(registry.text(a[side]["schemaId"] - 1000)) == b[side]["schema"]
                assert {**a[side]["payload"], "source": 0, "ts_ms": 0, "ts_us": 0, "ts_ns": 0} == {**b[side]["payload"], "source": 0, "ts_ms": 0, "ts_us": 0, "ts_ns": 0}


def test_protobuf_says_so_and_where_the_message_is(postgres, database, tmp_path):
    with StandInRegistry() as registry:
        settings = {key: value.replace("avro.AvroConverter", "protobuf.ProtobufConverter") for key, value in confluent(registry.url).items()}
        code, said = run(postgres, database, tmp_path, settings)
        assert code == 0, said
        assert [registry.language(number) for number in (1, 2)] == ["PROTOBUF", "PROTOBUF"]
        assert "message Envelope {" in registry.text(2)
        for line in (tmp_path / "records.jsonl").read_text().splitlines():
            record = json.loads(line)
            key, value = (base64.b64decode(record[side]["base64"]) for side in ("key", "value"))
            # Number, first message of the file, field 1; field 2 (after), the row.
            assert key[:7] == b"\0\0\0\0\x01\0\x08" and value[:7] == b"\0\0\0\0\x02\0\x12"
