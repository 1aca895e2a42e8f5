"""Forms: shells, SDK constructors in many languages, string concatenation, URLs and SQL."""

from __future__ import annotations

from typing import Callable
from urllib.parse import quote

from .base import Cred, Doc, Gen, form

ENV = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


# --- shells ---


@form("dotenv", cross=True, env=True)
def dotenv(g: Gen) -> Doc:
    c = g.cred()
    q = g.pick("", "", '"', "'")
    lines = [f"{k}={q}{v}{q}" for k, v in g.mixed(c, g.labels("env"))]
    for _ in range(g.r.randint(0, 8)):
        line = f"{g.word().upper()}_{g.pick('URL', 'HOST', 'MODE')}={g.word()}.example.com"
        lines.insert(g.r.randint(0, len(lines)), line)
    eol = g.pick("\n", "\n", "\r\n")
    return Doc(eol.join(lines) + g.pick("", eol), [c], ".env")


@form("environ", cross=True, env=True)
def environ(g: Gen) -> Doc:
    c = g.cred()
    items = [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"),
        ("HOSTNAME", g.hex(12)),
        ("HOME", "/root"),
        ("LANG", "C.UTF-8"),
        ("PYTHON_VERSION", "3.11.4"),
        ("GPG_KEY", g.hex().upper()),
        ("AWS_DEFAULT_REGION", g.region()),
    ]
    items = g.shuffled(items + g.fields(c, ENV))
    return Doc("".join(f"{k}={v}\n" for k, v in items), [c], "environ")


@form("sh-export", cross=True)
def sh_export(g: Gen) -> Doc:
    c = g.cred()
    q, fields = g.pick("", '"', "'"), g.mixed(c, g.labels("env"))
    lines = [f"export {k}={q}{v}{q}" for k, v in fields]
    if g.chance(0.3):
        lines = ["; ".join(lines)]
    if g.chance(0.3):
        lines = [f"{k}={q}{v}{q}" for k, v in fields] + ["export " + " ".join(k for k, _ in fields)]
    return Doc(
        "#!/bin/sh\nset -eu\n\n" + "\n".join(lines) + f"\naws s3 sync . s3://{g.bucket()}\n",
        [c],
        "deploy.sh",
    )


@form("sh-prefix-line")
def sh_prefix(g: Gen) -> Doc:
    c = g.cred()
    names = ENV
    env = " ".join(f"{k}={v}" for k, v in g.mixed(c, names))
    start = g.pick("", "env ", "sudo env ")
    return Doc(f"{start}{env} aws s3 ls s3://{g.bucket()} --region {g.region()}\n", [c], "run.sh")


@form("docker-run")
def docker_run(g: Gen) -> Doc:
    c = g.cred()
    j = g.pick(" ", " \\\n    ")
    env = j.join(f"-e {k}={v}" for k, v in g.mixed(c, ENV))
    return Doc(f"docker run --rm -it{j}{env}{j}{g.word()}:latest\n", [c], "run.sh")


@form("fish")
def fish(g: Gen) -> Doc:
    c = g.cred()
    q, flag = g.pick("", '"', "'"), g.pick("-x", "-gx", "-Ux", "--export")
    return Doc(
        "".join(f"set {flag} {k} {q}{v}{q}\n" for k, v in g.mixed(c, g.labels("env"))),
        [c],
        "config.fish",
    )


@form("powershell", cross=True)
def powershell(g: Gen) -> Doc:
    c = g.cred()
    q = g.quote()
    text = g.pick(
        "".join(f"$Env:{k}={q}{v}{q}\r\n" for k, v in g.mixed(c, ENV)),
        "".join(f"$env:{k} = {q}{v}{q}\r\n" for k, v in g.mixed(c, ENV)),
        f"Set-AWSCredential -AccessKey {c.id} -SecretKey {c.secret}"
        + (f" -SessionToken {c.token}" if c.token else f" -StoreAs {g.word()}")
        + "\r\n",
        "".join(
            f'[Environment]::SetEnvironmentVariable("{k}", "{v}", "User")\r\n'
            for k, v in g.mixed(c, ENV)
        ),
    )
    return Doc("# " + g.sentence() + "\r\n" + text, [c], "profile.ps1")


@form("cmd")
def cmd(g: Gen) -> Doc:
    c = g.cred()
    style = g.pick("set {}={}", 'set "{}={}"', "SET {}={}", "setx {} {}", 'setx {} "{}"')
    return Doc(
        "@echo off\r\n"
        + "".join(style.format(k, v) + "\r\n" for k, v in g.mixed(c, g.labels("env"))),
        [c],
        "env.bat",
    )


@form("history-bash", cross=True)
def history_bash(g: Gen) -> Doc:
    creds = g.creds(1, 3)
    out: list[str] = []
    commands = [
        "ls -la",
        "cd /srv",
        "git pull",
        "vim .env",
        f"git checkout {g.hex()}",
        "kubectl get pods",
        f"aws s3 ls s3://{g.bucket()}",
        "sudo su -",
        "df -h",
    ]
    stamp = g.chance()
    for c in creds:
        out += g.shuffled(commands)[: g.r.randint(1, 6)]
        for k, v in g.mixed(c, ENV, 0.2):
            out.append(f"export {k}={v}")
            if g.chance(0.2):
                out.append(g.choice(commands))
    at = 1_500_000_000 + g.r.randrange(10**8)
    lines = [f"#{at + 7 * i}\n{line}" if stamp else line for i, line in enumerate(out)]
    return Doc("\n".join(lines) + "\n", creds, ".bash_history")


@form("history-zsh")
def history_zsh(g: Gen) -> Doc:
    creds = g.creds(1, 3)
    out: list[str] = []
    for c in creds:
        out += ["cd ~/src", "git status"][: g.r.randint(0, 2)]
        out += [f"export {k}={v}" for k, v in g.mixed(c, ENV, 0.2)]
        out += ["aws sts get-caller-identity"]
    at = 1_600_000_000 + g.r.randrange(10**8)
    text = "".join(f": {at + 5 * i}:0;{line}\n" for i, line in enumerate(out))
    return Doc(text, creds, ".zsh_history")


@form("aws-configure-set", cross=True)
def configure_set(g: Gen) -> Doc:
    creds = g.creds(1, 3)
    out = ""
    for i, c in enumerate(creds):
        profile = g.pick("", f" --profile {g.word()}{i}")
        for k, v in g.fields(
            c, ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        ):
            out += f"aws configure set {k} {v}{profile}\n"
        out += f"aws configure set region {g.region()}{profile}\n"
    return Doc(out, creds, "setup.sh")


@form("aws-configure-dialog")
def configure_dialog(g: Gen) -> Doc:
    c = g.cred(0)
    return Doc(
        f"$ aws configure\nAWS Access Key ID [None]: {c.id}\n"
        f"AWS Secret Access Key [None]: {c.secret}\nDefault region name [None]: {g.region()}\n"
        "Default output format [None]: json\n",
        [c],
        "session.log",
    )


@form("aws-configure-heredoc")
def configure_heredoc(g: Gen) -> Doc:
    c = g.cred(0)
    text = g.pick(
        f'printf "%s\\n%s\\n{g.region()}\\njson\\n" "{c.id}" "{c.secret}" | aws configure\n',
        f"aws configure <<EOF\n{c.id}\n{c.secret}\n{g.region()}\njson\nEOF\n",
        f'echo "{c.id}:{c.secret}" > /etc/passwd-s3fs\nchmod 600 /etc/passwd-s3fs\n',
        f"mc alias set {g.word()} https://s3.amazonaws.com {c.id} {c.secret} --api S3v4\n",
        f"s3cmd --access_key={c.id} --secret_key={c.secret} ls s3://{g.bucket()}\n",
    )
    return Doc("#!/bin/bash\n" + text, [c], "setup.sh")


@form("curl-user")
def curl_user(g: Gen) -> Doc:
    c = g.cred()
    q = g.pick('"', "'", "")
    j = g.pick(" ", " \\\n  ")
    token = f"{j}-H 'x-amz-security-token: {c.token}'" if c.token else ""
    flag = g.pick("--user ", "-u ", "--user=")
    region = g.region()
    return Doc(
        f"curl https://sts.{region}.amazonaws.com/{j}"
        f"--aws-sigv4 'aws:amz:{region}:sts'{j}{flag}{q}{c.id}:{c.secret}{q}{token}{j}"
        "-d 'Action=GetCallerIdentity&Version=2011-06-15'\n",
        [c],
        "call.sh",
    )


# --- SDK constructors ---

Maker = Callable[[Gen, Cred, str, str], str]


def constructor(
    name: str, file: str, with_token: bool, *makers: Maker, cross: bool = False
) -> None:
    """A form whose text a random one of `makers` writes from the credential, a quote, a break."""

    @form(name, cross=cross)
    def make(g: Gen) -> Doc:
        c = g.cred(0.25 if with_token else 0)
        br = g.pick("", "\n        ")
        text = g.choice(makers)(g, c, g.quote(), br)
        return Doc(text, [c], file)


def kw(g: Gen, c: Cred, q: str, names: tuple[str, str, str], joint: str, sep: str) -> str:
    return sep.join(f"{k}{joint}{q}{v}{q}" for k, v in g.mixed(c, names))


SNAKE = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")

constructor(
    "sdk-python",
    "app.py",
    True,
    lambda g, c, q, br: (
        f"import boto3\n\ns3 = boto3.client({br}{q}s3{q},{br or ' '}"
        + kw(g, c, q, SNAKE, "=", "," + (br or " "))
        + f",{br or ' '}region_name={q}{g.region()}{q})\n"
    ),
    lambda g, c, q, br: (
        f"session = boto3.Session({br}" + kw(g, c, q, SNAKE, "=", "," + (br or " ")) + ")\n"
    ),
    lambda g, c, q, br: (
        "\n".join(f"{k} = {q}{v}{q}" for k, v in g.mixed(c, g.labels("env"))) + "\n"
    ),
    cross=True,
)
constructor(
    "sdk-python-positional",
    "app.py",
    False,
    lambda g, c, q, br: f"conn = S3Connection({br}{q}{c.id}{q},{br or ' '}{q}{c.secret}{q})\n",
    lambda g, c, q, br: f"conn = boto.connect_s3({br}{q}{c.id}{q}, {q}{c.secret}{q})\n",
    lambda g, c, q, br: f"KEY, SECRET = {q}{c.id}{q}, {q}{c.secret}{q}\n",
    lambda g, c, q, br: f"creds = ({q}{c.id}{q}, {q}{c.secret}{q})\n",
)
constructor(
    "sdk-python-environ",
    "app.py",
    True,
    lambda g, c, q, br: (
        "import os\n" + "".join(f"os.environ[{q}{k}{q}] = {q}{v}{q}\n" for k, v in g.mixed(c, ENV))
    ),
    lambda g, c, q, br: (
        "import os\n"
        + "".join(
            f"X{i} = os.environ.get({q}{k}{q}, {q}{v}{q})\n"
            for i, (k, v) in enumerate(g.mixed(c, ENV))
        )
    ),
)
constructor(
    "sdk-javascript",
    "app.js",
    True,
    lambda g, c, q, br: (
        f"AWS.config.update({{{br}"
        + kw(g, c, q, ("accessKeyId", "secretAccessKey", "sessionToken"), ": ", "," + (br or " "))
        + f",{br or ' '}region: {q}{g.region()}{q}}});\n"
    ),
    lambda g, c, q, br: (
        f"const client = new S3Client({{ region: {q}{g.region()}{q}, credentials: {{"
        + br
        + kw(g, c, q, ("accessKeyId", "secretAccessKey", "sessionToken"), ": ", "," + (br or " "))
        + " } });\n"
    ),
    lambda g, c, q, br: "".join(f"process.env.{k} = {q}{v}{q};\n" for k, v in g.mixed(c, ENV)),
    lambda g, c, q, br: (
        f"const creds = new AWS.Credentials({br}{q}{c.id}{q},{br or ' '}"
        f"{q}{c.secret}{q}" + (f",{br or ' '}{q}{c.token}{q}" if c.token else "") + ");\n"
    ),
    cross=True,
)
constructor(
    "sdk-java",
    "App.java",
    False,
    lambda g, c, q, br: (
        f'AWSCredentials c = new BasicAWSCredentials({br}"{c.id}",{br or " "}"{c.secret}");\n'
    ),
    lambda g, c, q, br: (
        '    private static final String ACCESS_KEY = "' + c.id + '";\n'
        '    private static final String SECRET_KEY = "' + c.secret + '";\n'
    ),
    lambda g, c, q, br: (
        f"var p = StaticCredentialsProvider.create({br}AwsBasicCredentials.create("
        f'"{c.id}", {br}"{c.secret}"));\n'
    ),
    lambda g, c, q, br: (
        f'System.setProperty("aws.accessKeyId", "{c.id}");\n'
        f'System.setProperty("aws.secretKey", "{c.secret}");\n'
    ),
    cross=True,
)
constructor(
    "sdk-java-session",
    "App.java",
    True,
    lambda g, c, q, br: (
        f'AwsSessionCredentials.create({br}"{c.id}",{br or " "}"{c.secret}"'
        + (f',{br or " "}"{c.token}"' if c.token else "")
        + ");\n"
    ),
)
constructor(
    "sdk-go",
    "main.go",
    True,
    lambda g, c, q, br: (
        f'creds := credentials.NewStaticCredentials({br}"{c.id}",{br or " "}'
        f'"{c.secret}",{br or " "}"{c.token or ""}")\n'
    ),
    lambda g, c, q, br: (
        "cfg, err := config.LoadDefaultConfig(ctx,\n\tconfig.WithCredentialsProvider("
        f'credentials.NewStaticCredentialsProvider({br}"{c.id}", {br}"{c.secret}", '
        f'"{c.token or ""}")))\n'
    ),
    lambda g, c, q, br: (
        'const (\n\taccessKey = "'
        + c.id
        + '"\n\tsecretKey = `'
        + c.secret
        + "`\n)\n"
        + (f'var token = "{c.token}"\n' if c.token else "")
    ),
    lambda g, c, q, br: (
        'v := aws.Credentials{\n\t\tAccessKeyID:     "'
        + c.id
        + '",\n\t\tSecretAccessKey: "'
        + c.secret
        + '",\n'
        + (f'\t\tSessionToken:    "{c.token}",\n' if c.token else "")
        + "\t}\n"
    ),
)
constructor(
    "sdk-ruby",
    "app.rb",
    True,
    lambda g, c, q, br: (
        f"creds = Aws::Credentials.new({br}{q}{c.id}{q},{br or ' '}{q}{c.secret}{q}"
        + (f", {q}{c.token}{q}" if c.token else "")
        + ")\n"
    ),
    lambda g, c, q, br: (
        "Aws.config.update(\n  "
        + kw(g, c, q, ("access_key_id", "secret_access_key", "session_token"), ": ", ",\n  ")
        + "\n)\n"
    ),
    lambda g, c, q, br: (
        "Fog::Storage.new(\n  :provider => 'AWS',\n  "
        + kw(
            g,
            c,
            q,
            (":aws_access_key_id", ":aws_secret_access_key", ":aws_session_token"),
            " => ",
            ",\n  ",
        )
        + "\n)\n"
    ),
)
constructor(
    "sdk-php",
    "index.php",
    True,
    lambda g, c, q, br: (
        "<?php\n$s3 = new Aws\\S3\\S3Client([\n  'version' => 'latest',\n"
        "  'credentials' => [\n    "
        + kw(g, c, q, ("'key'", "'secret'", "'token'"), " => ", ",\n    ")
        + "\n  ],\n]);\n"
    ),
    lambda g, c, q, br: (
        "<?php\n"
        + "".join(f"define({q}{k}{q}, {q}{v}{q});\n" for k, v in g.mixed(c, g.labels("env")))
    ),
    lambda g, c, q, br: (
        f"<?php\n$c = new Credentials({br}{q}{c.id}{q}, {br}{q}{c.secret}{q}"
        + (f", {q}{c.token}{q}" if c.token else "")
        + ");\n"
    ),
    lambda g, c, q, br: (
        "<?php\n" + "".join(f"${k} = {q}{v}{q};\n" for k, v in g.mixed(c, g.labels("camel")))
    ),
)
constructor(
    "sdk-csharp",
    "Program.cs",
    True,
    lambda g, c, q, br: (
        f'var c = new SessionAWSCredentials({br}"{c.id}", {br}"{c.secret}", {br}"{c.token}");\n'
        if c.token
        else f'var c = new BasicAWSCredentials({br}"{c.id}",{br or " "}"{c.secret}");\n'
    ),
    lambda g, c, q, br: "".join(
        f'        private const string {k} = "{v}";\n' for k, v in g.mixed(c, g.labels("pascal"))
    ),
    lambda g, c, q, br: (
        f'var client = new AmazonS3Client("{c.id}", @"{c.secret}", '
        + (f'"{c.token}", ' if c.token else "")
        + "RegionEndpoint.USEast1);\n"
    ),
)
constructor(
    "sdk-rust",
    "main.rs",
    True,
    lambda g, c, q, br: (
        f'let c = Credentials::new({br}"{c.id}",{br or " "}"{c.secret}",'
        f"{br or ' '}"
        + (f'Some("{c.token}".into())' if c.token else "None")
        + f',{br or " "}None,{br or " "}"static");\n'
    ),
    lambda g, c, q, br: "".join(
        f'const {k}: &str = "{v}";\n' for k, v in g.mixed(c, g.labels("env"))
    ),
)
constructor(
    "sdk-cpp",
    "main.cpp",
    True,
    lambda g, c, q, br: (
        f'Aws::Auth::AWSCredentials c({br}"{c.id}", {br}"{c.secret}"'
        + (f', {br}"{c.token}"' if c.token else "")
        + ");\n"
    ),
    lambda g, c, q, br: "".join(f'#define {k} "{v}"\n' for k, v in g.mixed(c, g.labels("env"))),
    lambda g, c, q, br: "".join(
        f'static const char *{k} = "{v}";\n' for k, v in g.mixed(c, g.labels("snake"))
    ),
)
constructor(
    "sdk-kotlin-scala",
    "App.kt",
    True,
    lambda g, c, q, br: (
        "credentialsProvider = StaticCredentialsProvider {\n    "
        + kw(g, c, '"', ("accessKeyId", "secretAccessKey", "sessionToken"), " = ", "\n    ")
        + "\n}\n"
    ),
    lambda g, c, q, br: "".join(
        f'  val {k}: String = "{v}"\n' for k, v in g.mixed(c, g.labels("camel"))
    ),
    lambda g, c, q, br: "".join(
        f'sc.hadoopConfiguration.set("{k}", "{v}")\n'
        for k, v in g.mixed(c, ("fs.s3a.access.key", "fs.s3a.secret.key", "fs.s3a.session.token"))
    ),
)
constructor(
    "sdk-swift-objc",
    "AppDelegate.swift",
    False,
    lambda g, c, q, br: (
        f'let p = AWSStaticCredentialsProvider({br}accessKey: "{c.id}",{br or " "}'
        f'secretKey: "{c.secret}")\n'
    ),
    lambda g, c, q, br: (
        "AWSStaticCredentialsProvider *p = [[AWSStaticCredentialsProvider alloc]\n"
        f'    initWithAccessKey:@"{c.id}"\n            secretKey:@"{c.secret}"];\n'
    ),
)
constructor(
    "sdk-perl-lua-r",
    "tool.pl",
    True,
    lambda g, c, q, br: (
        "my $s3 = Net::Amazon::S3->new({\n    "
        + kw(
            g,
            c,
            q,
            ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"),
            " => ",
            ",\n    ",
        )
        + ",\n    retry => 1,\n});\n"
    ),
    lambda g, c, q, br: "Sys.setenv(" + kw(g, c, q, ENV, " = ", ",\n           ") + ")\n",
    lambda g, c, q, br: (
        "local aws = {\n  "
        + kw(g, c, q, ("access_key", "secret_key", "session_token"), " = ", ",\n  ")
        + "\n}\n"
    ),
    lambda g, c, q, br: (
        "config :ex_aws,\n  "
        + kw(g, c, '"', ("access_key_id", "secret_access_key", "security_token"), ": ", ",\n  ")
        + "\n"
    ),
)
constructor(
    "sdk-spark-config",
    "job.py",
    True,
    lambda g, c, q, br: (
        "spark = (SparkSession.builder\n"
        + "".join(
            f"    .config({q}{k}{q}, {q}{v}{q})\n"
            for k, v in g.mixed(
                c,
                (
                    "spark.hadoop.fs.s3a.access.key",
                    "spark.hadoop.fs.s3a.secret.key",
                    "spark.hadoop.fs.s3a.session.token",
                ),
            )
        )
        + "    .getOrCreate())\n"
    ),
    lambda g, c, q, br: (
        "df = pd.read_parquet(path, storage_options={"
        + kw(g, c, q, (f"{q}key{q}", f"{q}secret{q}", f"{q}token{q}"), ": ", ", ")
        + "})\n"
    ),
)


@form("code-many-clients")
def many_clients(g: Gen) -> Doc:
    creds = g.creds(2, 8, 0)
    out = "import boto3\n\n"
    for i, c in enumerate(creds):
        q = g.quote()
        fields = ", ".join(f"{k}={q}{v}{q}" for k, v in g.mixed(c, SNAKE, 0.4))
        out += f"def {g.word()}{i}():\n    # {g.sentence()}\n"
        out += f"    return boto3.client({q}{g.pick('s3', 'sqs', 'ses')}{q}, {fields})\n\n\n"
    return Doc(out, creds, "clients.py")


# --- concatenation ---


def cut(g: Gen, text: str, least: int = 6) -> list[str]:
    """Two to four pieces of a value."""
    n = g.r.randint(2, 4) if len(text) > 30 else 2
    spots = sorted(g.r.sample(range(least, len(text) - 3), n - 1))
    return [text[a:b] for a, b in zip([0, *spots], [*spots, len(text)])]


@form("concatenation", cross=True)
def concatenation(g: Gen) -> Doc:
    c = g.cred(0)
    both = g.chance()

    def split(text: str, joint: str, q: str) -> str:
        return joint.join(f"{q}{piece}{q}" for piece in cut(g, text))

    def value(text: str, joint: str, q: str) -> str:
        return split(text, joint, q) if both or text == c.secret else f"{q}{text}{q}"

    q = g.quote()
    name, text = g.pick(
        ("a.js", lambda k, v: f"const {k} = {value(v, ' + ', q)};\n"),
        ("a.js", lambda k, v: f"var {k} = {value(v, '+', q)};\n"),
        ("a.js", lambda k, v: f"  {k}: {value(v, ' +' + chr(10) + '    ', q)},\n"),
        ("a.py", lambda k, v: f"{k} = ({value(v, chr(10) + '    ', q)})\n"),
        ("a.py", lambda k, v: f"{k} = {value(v, ' ', q)}\n"),
        ("a.php", lambda k, v: f"${k} = {value(v, ' . ', q)};\n"),
        (
            "A.java",
            lambda k, v: f"String {k} =\n    {value(v, chr(10) + '        + ', chr(34))};\n",
        ),
        ("a.c", lambda k, v: f"const char *{k} = {value(v, chr(10) + '    ', chr(34))};\n"),
        ("a.lua", lambda k, v: f"local {k} = {value(v, ' .. ', q)}\n"),
        ("a.vb", lambda k, v: f"Dim {k} = {value(v, ' & _' + chr(10) + '    ', chr(34))}\n"),
    )
    labels = g.labels(g.pick("camel", "snake"))
    return Doc("".join(text(k, v) for k, v in g.mixed(c, labels)), [c], name)


@form("line-continuation")
def continuation(g: Gen) -> Doc:
    c = g.cred(0)
    a, b = cut(g, c.secret, 12)[:2] if g.chance(0) else (c.secret[:20], c.secret[20:])
    return Doc(
        f"export AWS_ACCESS_KEY_ID={c.id}\nexport AWS_SECRET_ACCESS_KEY={a}\\\n{b}\n", [c], "env.sh"
    )


# --- URLs ---


@form("s3-url", cross=True)
def s3_url(g: Gen) -> Doc:
    creds = g.creds(1, 3, 0)
    lines = []
    for c in creds:
        secret = quote(c.secret, safe="") if g.chance(0.7) else c.secret
        scheme = g.pick("s3", "s3", "s3n", "s3a", "sqs", "s3+https")
        name, q = g.pick("BACKUP_URL", "storage", "target", "broker_url"), g.pick("", '"', "'")
        lines.append(f"{name}={q}{scheme}://{c.id}:{secret}@{g.bucket()}/{g.word()}/{q}")
    return Doc("\n".join(lines) + "\n", creds, "settings.conf")


@form("url-query")
def url_query(g: Gen) -> Doc:
    c = g.cred()
    names = g.pick(
        SNAKE,
        ("awsAccessKeyId", "awsSecretAccessKey", "awsSessionToken"),
        ("AWSAccessKeyId", "SecretAccessKey", "SessionToken"),
    )
    query = "&".join(f"{k}={quote(v, safe='')}" for k, v in g.mixed(c, names))
    line = g.pick(
        f"GET /sync?{query} HTTP/1.1",
        f"https://{g.word()}.example.com/hook?a=1&{query}",
        f"jdbc:awsathena://AwsRegion={g.region()};?{query}",
        query,
    )
    return Doc(line + "\n", [c], "requests.txt")


# --- SQL ---


@form("sql-insert", cross=True)
def sql_insert(g: Gen) -> Doc:
    creds = g.creds(1, 10, 0)
    table = g.pick("settings", "aws_accounts", "credentials")
    a, b = g.labels("snake")[:2]
    rows = [
        f"({i}, '{g.user()}', '{c.id}', '{c.secret}', '{g.region()}')"
        for i, c in enumerate(creds, 1)
    ]
    q = g.pick("", "`")
    head = f"INSERT INTO {q}{table}{q} ({q}id{q}, {q}name{q}, {q}{a}{q}, {q}{b}{q}, {q}region{q})"
    style = g.r.randrange(3)
    if style == 0:
        text = "\n".join(f"{head} VALUES {row};" for row in rows)
    elif style == 1:
        text = f"{head} VALUES\n" + ",\n".join(rows) + ";"
    else:
        text = f"INSERT INTO {q}{table}{q} VALUES " + ",".join(r.replace(", ", ",") for r in rows)
        text += ";"
    return Doc("-- dump\n" + text + "\n", creds, "dump.sql")


@form("sql-key-value-rows")
def sql_rows(g: Gen) -> Doc:
    c = g.cred(0)
    names = g.labels("snake")
    rows = [(k, v) for k, v in g.mixed(c, names)] + [("site_name", g.word())]
    text = "".join(
        f"INSERT INTO options VALUES ({i},'{k}','{v}','yes');\n"
        for i, (k, v) in enumerate(rows, 17)
    )
    return Doc(text, [c], "options.sql")


@form("sql-copy-dump")
def sql_copy_dump(g: Gen) -> Doc:
    creds = g.creds(2, 12, 0)
    rows = "".join(
        f"{i}\t{g.user()}\t{c.id}\t{c.secret}\t{g.date()}\n" for i, c in enumerate(creds, 1)
    )
    return Doc(
        "COPY public.cloud_accounts (id, name, access_key_id, secret_access_key, created_at) "
        f"FROM stdin;\n{rows}\\.\n",
        creds,
        "pg_dump.sql",
    )


@form("redshift-copy-credentials")
def redshift_string(g: Gen) -> Doc:
    c = g.cred()
    word, q = g.pick("CREDENTIALS", "credentials", "WITH CREDENTIALS AS"), "'"
    value = f"aws_access_key_id={c.id};aws_secret_access_key={c.secret}"
    if c.token:
        value += f";token={c.token}"
    return Doc(
        f"COPY {g.word()}\nFROM 's3://{g.bucket()}/{g.word()}.gz'\n{word} {q}{value}{q}\n"
        "GZIP DELIMITER '|';\n",
        [c],
        "load.sql",
    )


@form("redshift-copy-keys")
def redshift_keys(g: Gen) -> Doc:
    c = g.cred()
    token = f"\nSESSION_TOKEN '{c.token}'" if c.token else ""
    return Doc(
        f"COPY {g.word()} FROM 's3://{g.bucket()}/part'\nACCESS_KEY_ID '{c.id}'\n"
        f"SECRET_ACCESS_KEY '{c.secret}'{token}\nFORMAT AS PARQUET;\n",
        [c],
        "load.sql",
    )


@form("sql-engines")
def sql_engines(g: Gen) -> Doc:
    c = g.cred(0)
    text = g.pick(
        f"COPY INTO {g.word()} FROM s3://{g.bucket()}/ CREDENTIALS=(AWS_KEY_ID='{c.id}' "
        f"AWS_SECRET_KEY='{c.secret}');\n",
        f"SELECT * FROM s3('https://{g.bucket()}.s3.amazonaws.com/d.csv', '{c.id}', '{c.secret}', "
        "'CSV');\n",
        f"CREATE SECRET {g.word()} (\n    TYPE s3,\n    KEY_ID '{c.id}',\n"
        f"    SECRET '{c.secret}',\n    REGION '{g.region()}'\n);\n",
        f"SET s3_access_key_id='{c.id}';\nSET s3_secret_access_key='{c.secret}';\n",
        f"CREATE DATABASE SCOPED CREDENTIAL s3_dc\nWITH IDENTITY = 'S3 Access Key',\n"
        f"SECRET = '{c.id}:{c.secret}';\n",
    )
    return Doc(text, [c], "query.sql")
