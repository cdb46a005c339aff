"""A stand-in for a schema registry, for tests: it speaks as much of Confluent's interface, and of Apicurio's (v2 and v3), as converters use.

Schemas are kept in memory and numbered from 1. With `compatibility="BACKWARD"` a new version of an Avro subject must be able to read what
the last one wrote; the check is a small one (fields and plain types)."""

import base64
import json
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandInRegistry:
    def __init__(self, user=None, certificate=None, compatibility="NONE", terse=False):
        """`user` is user:password; `certificate` a PEM file with its key, for TLS; `terse`: say of a difference only that there is one."""
        self.user, self.compatibility, self.terse = user, compatibility, terse
        self.schemas = []        # (language, text); the number is the place, from 1
        self.subjects = {}       # subject: [number, …], a version each
        self.requests = []       # "METHOD path"
        self.failing = 0         # so many requests are answered with 503
        self._lock = threading.Lock()
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with registry._lock:
                    registry.requests.append(f"{self.command} {self.path}")
                    status, answer = registry._answer(self.command, self.path, self.headers, body)
                data = json.dumps(answer).encode() if not isinstance(answer, bytes) else answer
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for name, value in registry.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = _serve

            def log_message(self, *arguments):
                pass

        self.headers = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    # What tests ask

    def text(self, number):
        return self.schemas[number - 1][1]

    def language(self, number):
        return self.schemas[number - 1][0]

    def subjects_of(self, number):
        return sorted(subject for subject, numbers in self.subjects.items() if number in numbers)

    # Answers

    def _answer(self, method, path, headers, body):
        if self.failing > 0:
            self.failing -= 1
            return 503, {"error_code": 50301, "message": "not now"}
        if self.user and headers.get("Authorization") != "Basic " + base64.b64encode(self.user.encode()).decode():
            return 401, {"error_code": 401, "message": "Unauthorized"}
        where = urllib.parse.urlsplit(path)
        parts = [urllib.parse.unquote(part) for part in where.path.split("/")[1:]]
        query = dict(urllib.parse.parse_qsl(where.query))
        if parts[0] == "apis":
            return self._apicurio(method, parts[2:], query, headers, body)
        return self._confluent(method, parts, query, json.loads(body) if body else {})

    def _number(self, language, text):
        for number, known in enumerate(self.schemas, 1):
            if known == (language, text):
                return number
        self.schemas.append((language, text))
        return len(self.schemas)

    def _add(self, subject, language, text):
        """The number of the new or known version, or what keeps it from being one."""
        versions = self.subjects.setdefault(subject, [])
        if (language, text) in [self.schemas[number - 1] for number in versions]:
            return self._number(language, text), None
        if versions and self.compatibility == "BACKWARD" and language == "AVRO":
            problems = incompatibilities(json.loads(text), json.loads(self.text(versions[-1])))
            if problems:
                return None, problems
        number = self._number(language, text)
        versions.append(number)
        return number, None

    def _confluent(self, method, parts, query, body):
        language, text = body.get("schemaType", "AVRO"), body.get("schema", "")
        match method, parts:
            case "POST", ["subjects", subject, "versions"]:
                number, problems = self._add(subject, language, text)
                if problems:
                    details = "" if self.terse else f", details: {json.dumps(problems)}"
                    return 409, {"error_code": 409, "message": f'Schema being registered is incompatible with an earlier schema for subject "{subject}"{details}'}
                return 200, {"id": number}
            case "POST", ["compatibility", "subjects", subject, "versions", "latest"]:
                problems = incompatibilities(json.loads(text), json.loads(self.text(self.subjects[subject][-1])))
                return 200, {"is_compatible": not problems, "messages": problems}
            case "POST", ["subjects", subject]:
                for version, number in enumerate(self.subjects.get(subject, []), 1):
                    if self.schemas[number - 1] == (language, text):
                        return 200, {"subject": subject, "version": version, "id": number, "schema": text}
                return 404, {"error_code": 40403, "message": "Schema not found"}
            case "GET", ["subjects", subject, "versions", "latest"]:
                if subject not in self.subjects:
                    return 404, {"error_code": 40401, "message": f"Subject '{subject}' not found."}
                number = self.subjects[subject][-1]
                return 200, {"subject": subject, "version": len(self.subjects[subject]), "id": number, "schema": self.text(number),
                             **({} if self.language(number) == "AVRO" else {"schemaType": self.language(number)})}
            case "GET", ["schemas", "ids", number]:
                if not 0 < int(number) <= len(self.schemas):
                    return 404, {"error_code": 40403, "message": "Schema not found"}
                return 200, {"schema": self.text(int(number))}
        return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}

    def _apicurio(self, method, parts, query, headers, body):
        # Its global numbers count versions of artifacts, from 1001, its content numbers the schemas, from 1.
        def about(group, artifact, number):
            return {"groupId": None if group == "default" else group, "id": artifact, "artifactId": artifact, "version": "1", "type": self.language(number),
                    "artifactType": self.language(number), "globalId": 1000 + number, "contentId": number}

        match method, parts:
            case "POST", ["v2", "groups", group, "artifacts"]:
                language, text, artifact = headers["X-Registry-ArtifactType"], body.decode(), headers["X-Registry-ArtifactId"]
                known = artifact in self.subjects
                if known and query.get("ifExists", "FAIL") == "FAIL":
                    return 409, {"error_code": 409, "message": f"An artifact with ID '{artifact}' in group '{group}' already exists."}
                number, problems = self._add(artifact, language, text)
                if problems:
                    return 409, {"error_code": 409, "message": f"Incompatible artifact: {artifact} [{language}], num of incompatible diffs: {{{len(problems)}}}", "detail": "; ".join(problems)}
                return 200, about(group, artifact, number)
            case "GET", ["v2", "groups", group, "artifacts", artifact, "meta"] if artifact in self.subjects:
                return 200, about(group, artifact, self.subjects[artifact][-1])
            case "GET", ["v2", "groups", group, "artifacts", artifact, "versions", version, "meta"] if artifact in self.subjects:
                return 200, about(group, artifact, self.subjects[artifact][int(version) - 1])
            case "GET", ["v2", "groups", group, "artifacts", artifact] if artifact in self.subjects:
                return 200, self.text(self.subjects[artifact][-1]).encode()
            case "GET", ["v2", "groups", group, "artifacts", artifact, "versions", version] if artifact in self.subjects:
                return 200, self.text(self.subjects[artifact][int(version) - 1]).encode()
            case "POST", ["v2", "groups", group, "artifacts", artifact, "meta"]:
                for number in self.subjects.get(artifact, []):
                    if self.text(number) == body.decode():
                        return 200, about(group, artifact, number)
                return 404, {"error_code": 404, "message": f"No artifact with ID '{artifact}' in group '{group}' was found."}
            case "POST", ["v3", "groups", group, "artifacts"]:
                asked = json.loads(body)
                artifact, language, text = asked["artifactId"], asked["artifactType"], asked["firstVersion"]["content"]["content"]
                number, problems = self._add(artifact, language, text)
                if problems:
                    return 409, {"status": 409, "name": "RuleViolationException", "title": f"Incompatible artifact: {artifact} [{language}]", "causes": [{"description": text, "context": "/"} for text in problems]}
                return 200, {"artifact": {"artifactId": artifact}, "version": about(group, artifact, number)}
            case "POST", ["v3", "search", "versions"]:
                found = [number for number in self.subjects.get(query.get("artifactId"), []) if self.text(number) == body.decode()]
                return 200, {"versions": [about(query.get("groupId", "default"), query["artifactId"], number) for number in found[:1]], "count": len(found)}
            case "GET", ["v3", "groups", group, "artifacts", artifact, "versions", version] if artifact in self.subjects:
                return 200, about(group, artifact, self.subjects[artifact][-1 if version == "branch=latest" else int(version) - 1])
            case "GET", ["v3", "groups", group, "artifacts", artifact, "versions", version, "content"] if artifact in self.subjects:
                return 200, self.text(self.subjects[artifact][-1 if version == "branch=latest" else int(version) - 1]).encode()
        return 404, {"error_code": 404, "status": 404, "title": "not found", "message": "not found"}


def incompatibilities(reader, writer, path=""):
    """What keeps `reader` from reading what `writer` wrote."""
    if isinstance(reader, dict) and isinstance(writer, dict) and reader.get("type") == writer.get("type") == "record":
        found, old = [], {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            place = f"{path}/{field['name']}"
            if field["name"] in old:
                found += incompatibilities(field["type"], old[field["name"]]["type"], place)
            elif "default" not in field:
                found.append(f"{{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field at path '{place}' in the new schema has no default value and is missing in the old schema'}}")
        return found
    if isinstance(reader, list) and isinstance(writer, list):
        return [problem for a, b in zip(reader, writer) for problem in incompatibilities(a, b, path)]
    a, b = (schema.get("type") if isinstance(schema, dict) else schema for schema in (reader, writer))
    return [] if a == b else [f"{{errorType:'TYPE_MISMATCH', description:'The type (path '{path}') of a field in the new schema does not match with the old schema'}}"]
