"""Forms: what tools print and keep, as templates. From their documentation and their output."""

from __future__ import annotations

from string import Template

from .base import Doc, Gen, form

TEMPLATES = {
    "tfplan-text": (
        "  # aws_lambda_function.app will be updated in-place\n"
        "  ~ resource \"aws_lambda_function\" \"app\" {\n"
        "        id                             = \"app\"\n"
        "      ~ environment {\n"
        "          ~ variables = {\n"
        "              ~ \"AWS_KEY_ID\"     = \"AKIAXXXX\" -> \"$id\"\n"
        "              + \"AWS_KEY_SECRET\" = \"$secret\"\n"
        "            }\n"
        "        }\n"
        "    }\n"
    ),
    "ansible-vars": (
        "---\n"
        "aws:\n"
        "  ec2_access_key: $id\n"
        "  ec2_secret_key: \"$secret\"\n"
        "  ec2_region: us-east-1\n"
    ),
    "ansible-task": (
        "- name: upload\n"
        "  amazon.aws.s3_object:\n"
        "    bucket: b\n"
        "    aws_access_key: '$id'\n"
        "    aws_secret_key: '$secret'\n"
        "    mode: put\n"
    ),
    "gha": (
        "    - name: Configure\n"
        "      uses: aws-actions/configure-aws-credentials@v4\n"
        "      with:\n"
        "        aws-access-key-id: $id\n"
        "        aws-secret-access-key: $secret\n"
        "        aws-region: us-east-1\n"
    ),
    "gitlab": (
        "variables:\n"
        "  AWS_ACCESS_KEY_ID: $id\n"
        "  AWS_SECRET_ACCESS_KEY: $secret\n"
        "stages: [build]\n"
    ),
    "docker-history": (
        "IMAGE          CREATED        CREATED BY                                    "
        "  SIZE      COMMENT\n"
        "<missing>      2 weeks ago    ENV AWS_SECRET_ACCESS_KEY=$secret   0B        "
        "buildkit.dockerfile.v0\n"
        "<missing>      2 weeks ago    ENV AWS_ACCESS_KEY_ID=$id   0B        buildkit"
        ".dockerfile.v0\n"
        "<missing>      2 weeks ago    /bin/sh -c #(nop)  CMD [\"bash\"]                 0B\n"
    ),
    "docker-history-runarg": (
        "{\"created\":\"2024-01-01T00:00:00Z\",\"created_by\":\"RUN |2 AWS_ACCESS_KEY_ID=$id"
        " AWS_SECRET_ACCESS_KEY=$secret /bin/sh -c npm ci # buildkit\"}"
    ),
    "kubectl-describe": (
        "    Environment:\n"
        "      AWS_ACCESS_KEY_ID:      $id\n"
        "      AWS_DEFAULT_REGION:     eu-west-1\n"
        "      AWS_SECRET_ACCESS_KEY:  $secret\n"
        "    Mounts:\n"
    ),
    "helm-values": (
        "s3:\n"
        "  accesskey: $id\n"
        "  bucket: x\n"
        "  region: eu\n"
        "  secretkey: $secret\n"
    ),
    "helm-velero": (
        "credentials:\n"
        "  secretContents:\n"
        "    cloud: |\n"
        "      [default]\n"
        "      aws_access_key_id=$id\n"
        "      aws_secret_access_key=$secret\n"
    ),
    "serverless": (
        "provider:\n"
        "  name: aws\n"
        "  environment:\n"
        "    S3_KEY: $id\n"
        "    S3_SECRET: $secret\n"
    ),
    "jenkins-xml": (
        "<com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl plugin=\"aws"
        "-credentials@1.28\">\n"
        "  <scope>GLOBAL</scope>\n"
        "  <id>aws</id>\n"
        "  <accessKey>$id</accessKey>\n"
        "  <secretKey>$secret</secretKey>\n"
        "</com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl>"
    ),
    "idea-run": (
        "    <envs>\n"
        "      <env name=\"AWS_ACCESS_KEY_ID\" value=\"$id\" />\n"
        "      <env name=\"AWS_SECRET_ACCESS_KEY\" value=\"$secret\" />\n"
        "    </envs>"
    ),
    "mysqldump": (
        "INSERT INTO `settings` VALUES (1,'aws_key','$id','2020-01-01'),(2,'aws_secre"
        "t','$secret','2020-01-01'),(3,'bucket','x','2020-01-01');\n"
    ),
    "mysqldump-cols": (
        "INSERT INTO `accounts` (`id`, `name`, `access_key`, `secret_key`, `created`)"
        " VALUES (12, 'prod', '$id', '$secret', '2020-01-01 00:00:00');\n"
    ),
    "php-array": (
        "<?php\n"
        "return [\n"
        "  'credentials' => [\n"
        "    'key'    => '$id',\n"
        "    'secret' => '$secret',\n"
        "  ],\n"
        "];\n"
    ),
    "php-define": (
        "define('AS3CF_SETTINGS', serialize(array(\n"
        "  'provider' => 'aws',\n"
        "  'access-key-id' => '$id',\n"
        "  'secret-access-key' => '$secret',\n"
        ")));\n"
    ),
    "php-serialized": (
        "a:2:{s:13:\"access-key-id\";s:20:\"$id\";s:17:\"secret-access-key\";s:40:\"$secret\";}"
    ),
    "go": (
        "cfg := aws.NewConfig().WithCredentials(credentials.NewStaticCredentials(\"$id"
        "\", \"$secret\", \"\"))\n"
    ),
    "go-const": (
        "const (\n"
        "\tAccessKeyID     = \"$id\"\n"
        "\tSecretAccessKey = \"$secret\"\n"
        ")\n"
    ),
    "rust": (
        "let creds = Credentials::new(\"$id\", \"$secret\", None, None, \"static\");\n"
    ),
    "rust2": (
        "let provider = StaticProvider::new_minimal(\"$id\".to_string(), \"$secret\".to_s"
        "tring());\n"
    ),
    "elixir": (
        "config :ex_aws,\n"
        "  access_key_id: [\"$id\", :instance_role],\n"
        "  secret_access_key: [\"$secret\", :instance_role],\n"
        "  region: \"us-east-1\"\n"
    ),
    "perl": (
        "my $$s3 = Amazon::S3->new({\n"
        "    aws_access_key_id => '$id',\n"
        "    aws_secret_access_key => '$secret',\n"
        "    retry => 1 });\n"
    ),
    "perl-q": (
        "my ($$id, $$key) = qw($id $secret);\n"
    ),
    "java-props-colon": (
        "aws.accessKeyId: $id\n"
        "aws.secretKey: $secret\n"
    ),
    "launch.json": (
        "{\n"
        "  // comment\n"
        "  \"configurations\": [{\n"
        "    \"env\": {\"AWS_ACCESS_KEY_ID\": \"$id\", \"AWS_SECRET_ACCESS_KEY\": \"$secret\", "
        "\"AWS_REGION\": \"x\"},\n"
        "  }]\n"
        "}"
    ),
    "systemd": (
        "[Service]\n"
        "Environment=\"AWS_ACCESS_KEY_ID=$id\" \"AWS_SECRET_ACCESS_KEY=$secret\"\n"
        "ExecStart=/bin/x\n"
    ),
    "systemd2": (
        "[Service]\n"
        "Environment=AWS_ACCESS_KEY_ID=$id\n"
        "Environment=AWS_SECRET_ACCESS_KEY=$secret\n"
    ),
    "crontab": (
        "0 3 * * * AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret /usr/bin/aws s"
        "3 sync / s3://b >/dev/null 2>&1\n"
    ),
    "httpd": (
        "SetEnv AWS_ACCESS_KEY_ID $id\n"
        "SetEnv AWS_SECRET_ACCESS_KEY $secret\n"
    ),
    "nginx": (
        "fastcgi_param AWS_KEY $id;\n"
        "fastcgi_param AWS_SECRET \"$secret\";\n"
    ),
    "nginx-auth": (
        "      aws_access_key $id;\n"
        "      aws_key_scope x;\n"
        "      aws_secret_key $secret;\n"
    ),
    "excel-csv": (
        "\"Konto\";\"Access Key\";\"Secret\"\r\n"
        "\"prod\";\"$id\";\"$secret\"\r\n"
    ),
    "excel-tsv": (
        "name\tkey\tsecret\n"
        "prod\t$id\t$secret\n"
    ),
    "markdown-table": (
        "| env | key | secret |\n"
        "|---|---|---|\n"
        "| prod | $id | $secret |\n"
    ),
    "markdown-prose": (
        "The access key is **$id** and the secret is `$secret`.\n"
    ),
    "jira": (
        "Access Key ID: $id\n"
        "Secret Access Key: $secret\n"
        "\n"
        "Please rotate"
    ),
    "ini-space": (
        "[s3]\n"
        "key=$id\n"
        "secret=$secret\n"
    ),
    "toml": (
        "[storage]\n"
        "access_key_id = \"$id\"\n"
        "secret_access_key = '$secret'\n"
    ),
    "hocon": (
        "aws {\n"
        "  credentials {\n"
        "    access-key-id = $id\n"
        "    secret-access-key = \"$secret\"\n"
        "  }\n"
        "}\n"
    ),
    "logstash": (
        "output { s3 { access_key_id => \"$id\" secret_access_key => \"$secret\" region ="
        "> \"x\" } }\n"
    ),
    "fluentd": (
        "<match **>\n"
        "  @type s3\n"
        "  aws_key_id $id\n"
        "  aws_sec_key $secret\n"
        "  s3_bucket b\n"
        "</match>\n"
    ),
    "vault-out": (
        "Key                Value\n"
        "---                -----\n"
        "lease_id           aws/creds/deploy/abcd\n"
        "lease_duration     768h\n"
        "access_key         $id\n"
        "secret_key         $secret\n"
        "security_token     <nil>\n"
    ),
    "gradle": (
        "credentials(AwsCredentials) {\n"
        "  accessKey \"$id\"\n"
        "  secretKey \"$secret\"\n"
        "}\n"
    ),
    "maven": (
        "<server>\n"
        " <id>s3</id>\n"
        " <username>$id</username>\n"
        " <password>$secret</password>\n"
        "</server>\n"
    ),
    "sbt": (
        "accessKey = $id\n"
        "secretKey = $secret\n"
    ),
    "ruby": (
        "Aws.config.update(credentials: Aws::Credentials.new('$id', '$secret'))\n"
    ),
    "rails-storage": (
        "amazon:\n"
        "  service: S3\n"
        "  access_key_id: $id\n"
        "  secret_access_key: $secret\n"
    ),
    "csharp": (
        "var c = new AmazonS3Client(\"$id\", \"$secret\", RegionEndpoint.USEast1);\n"
    ),
    "csharp-const": (
        "private const string awsAccessKey = \"$id\";\n"
        "private const string awsSecretKey = @\"$secret\";\n"
    ),
    "swift": (
        "let p = AWSStaticCredentialsProvider(accessKey: \"$id\", secretKey: \"$secret\")\n"
    ),
    "kotlin": (
        "val c = BasicAWSCredentials(\"$id\", \"$secret\")\n"
    ),
    "r": (
        "Sys.setenv(\"AWS_ACCESS_KEY_ID\" = \"$id\",\n"
        "           \"AWS_SECRET_ACCESS_KEY\" = \"$secret\")\n"
    ),
    "matlab": (
        "setenv('AWS_ACCESS_KEY_ID', '$id');\n"
        "setenv('AWS_SECRET_ACCESS_KEY', '$secret');\n"
    ),
    "lua": (
        "local c = { aws_key = \"$id\", aws_secret = \"$secret\" }\n"
    ),
    "clojure": (
        "(def cred {:access-key \"$id\"\n"
        "           :secret-key \"$secret\"\n"
        "           :endpoint \"us-west-1\"})\n"
    ),
    "erlang": (
        "{erlcloud, [{aws_access_key_id, \"$id\"},{aws_secret_access_key, \"$secret\"}]}.\n"
    ),
    "bat": (
        "@echo off\r\n"
        "set AWS_ACCESS_KEY_ID=$id\r\n"
        "set AWS_SECRET_ACCESS_KEY=$secret\r\n"
    ),
    "setx": (
        "setx AWS_ACCESS_KEY_ID $id\r\n"
        "setx AWS_SECRET_ACCESS_KEY $secret /M\r\n"
    ),
    "reg": (
        "[HKEY_CURRENT_USER\\Environment]\n"
        "\"AWS_ACCESS_KEY_ID\"=\"$id\"\n"
        "\"AWS_SECRET_ACCESS_KEY\"=\"$secret\"\n"
    ),
    "plist": (
        "<key>S3Key</key>\n"
        "\t<string>$id</string>\n"
        "\t<key>S3Secret</key>\n"
        "\t<string>$secret</string>\n"
    ),
    "cyberduck": (
        "<key>Username</key><string>$id</string><key>Password</key><string>$secret</string>"
    ),
    "winscp": (
        "[Sessions\\s3]\n"
        "HostName=s3.amazonaws.com\n"
        "UserName=$id\n"
        "PasswordPlain=$secret\n"
    ),
    "curl-sigv4": (
        "curl --aws-sigv4 \"aws:amz:us-east-1:s3\" --user \"$id:$secret\" https://x\n"
    ),
    "duplicity": (
        "export AWS_ACCESS_KEY_ID='$id' ; export AWS_SECRET_ACCESS_KEY='$secret' ; du"
        "plicity / s3://x\n"
    ),
    "restic": (
        "AWS_ACCESS_KEY_ID=$id\n"
        "AWS_SECRET_ACCESS_KEY=$secret\n"
        "RESTIC_PASSWORD=x\n"
    ),
    "set -x": (
        "+ export AWS_ACCESS_KEY_ID=$id\n"
        "+ AWS_ACCESS_KEY_ID=$id\n"
        "+ export AWS_SECRET_ACCESS_KEY=$secret\n"
        "+ AWS_SECRET_ACCESS_KEY=$secret\n"
    ),
    "env-dump": (
        "declare -x AWS_ACCESS_KEY_ID=\"$id\"\n"
        "declare -x AWS_SECRET_ACCESS_KEY=\"$secret\"\n"
    ),
    "pyrepr": (
        "environ({'PATH': '/bin', 'AWS_ACCESS_KEY_ID': '$id', 'AWS_SECRET_ACCESS_KEY'"
        ": '$secret'})\n"
    ),
    "boto-debug": (
        "DEBUG Found credentials: Credentials(access_key='$id', secret_key='$secret',"
        " token=None)\n"
    ),
    "java-tostring": (
        "AwsBasicCredentials(accessKeyId=$id, secretAccessKey=$secret)\n"
    ),
    "cfn-out": (
        "Outputs                                                              \n"
        "--------\n"
        "Key                 AccessKey\n"
        "Description         -\n"
        "Value               $id\n"
        "\n"
        "Key                 SecretKey\n"
        "Description         -\n"
        "Value               $secret\n"
        "--------\n"
    ),
    "aws-table": (
        "-----------------------------------------------------------------\n"
        "|                        CreateAccessKey                        |\n"
        "+---------------------------------------------------------------+\n"
        "||                          AccessKey                          ||\n"
        "|+------------------+------------------------------------------+|\n"
        "||  AccessKeyId     |  $id                    ||\n"
        "||  SecretAccessKey |  $secret||\n"
        "||  Status          |  Active                                  ||\n"
    ),
    "aws-text": (
        "ACCESSKEY\t$id\t2024-01-01T00:00:00+00:00\t$secret\tActive\tbob\n"
    ),
    "aws-yaml": (
        "AccessKey:\n"
        "  AccessKeyId: $id\n"
        "  CreateDate: '2024-01-01T00:00:00+00:00'\n"
        "  SecretAccessKey: $secret\n"
        "  Status: Active\n"
    ),
    "tf-out": (
        "access_key_id = \"$id\"\n"
        "secret = \"$secret\"\n"
    ),
    "pulumi": (
        "config:\n"
        "  aws:accessKey: $id\n"
        "  aws:secretKey: $secret\n"
    ),
    "django": (
        "AWS_ACCESS_KEY_ID = os.environ.get('AWS_ACCESS_KEY_ID', '$id')\n"
        "AWS_SECRET_ACCESS_KEY = os.environ.get('AWS_SECRET_ACCESS_KEY', '$secret')\n"
    ),
    "node-env": (
        "  accessKeyId: process.env.AWS_ID || '$id',\n"
        "  secretAccessKey: process.env.AWS_SECRET || \"$secret\",\n"
    ),
    "spring-yaml-default": (
        "      access-key: $${AWS_ACCESS_KEY:$id}\n"
        "      secret-key: $${AWS_SECRET_KEY:$secret}\n"
    ),
    "bash-default": (
        "ID=$${AWS_ACCESS_KEY_ID:-$id}\n"
        "KEY=$${AWS_SECRET_ACCESS_KEY:-$secret}\n"
    ),
    "yaml-folded": (
        "aws_secret_access_key: >-\n"
        "  $secret\n"
        "aws_access_key_id: >-\n"
        "  $id\n"
    ),
    "graphql": (
        "mutation { setKeys(input: {accessKeyId: \"$id\", secretAccessKey: \"$secret\"}) "
        "{ ok } }\n"
    ),
    "protobuf-text": (
        "aws { access_key: \"$id\" secret_key: \"$secret\" }\n"
    ),
    "redis-monitor": (
        "1339518083.107412 [0 127.0.0.1:60866] \"hmset\" \"cfg\" \"aws_id\" \"$id\" \"aws_secr"
        "et\" \"$secret\"\n"
    ),
    "strace": (
        "execve(\"/usr/bin/aws\", [\"aws\"], [\"AWS_ACCESS_KEY_ID=$id\", \"AWS_SECRET_ACCESS"
        "_KEY=$secret\", \"HOME=/root\"]) = 0\n"
    ),
    "js-url": (
        "new AWS.S3({credentials:{accessKeyId:\"$id\",secretAccessKey:\"$secret\"}})"
    ),
    "diff-bare": (
        "--- a/key.txt\n"
        "+++ b/key.txt\n"
        "@@ -0,0 +1,2 @@\n"
        "+$id\n"
        "+$secret\n"
    ),
    "org-table": (
        "| user | key | secret |\n"
        "|------+-----+--------|\n"
        "| ops | =$id= | =$secret= |\n"
    ),
    "latex": (
        "\\begin{tabular}{ll}\n"
        "\\texttt{$id} & \\texttt{$secret} \\\\\n"
        "\\end{tabular}\n"
    ),
    "dynamodb": (
        "{\"Item\":{\"accessKey\":{\"S\":\"$id\"},\"secretKey\":{\"S\":\"$secret\"},\"n\":{\"N\":\"1\"}}}\n"
    ),
    "ssm-parameters": (
        "{\"Parameters\":[{\"Name\":\"/app/aws/access_key_id\",\"Type\":\"String\",\"Value\":\"$id\",\"Version\":1},"
        "{\"Name\":\"/app/aws/secret_access_key\",\"Type\":\"SecureString\",\"Value\":\"$secret\",\"Version\":1}]}\n"
    ),
    "csv-3": (
        "User Name,Access Key Id,Secret Access Key\n"
        "\"bob\",$id,$secret\n"
    ),
}


def add(name: str, text: str) -> None:
    @form(f"tool-{name}")
    def make(g: Gen) -> Doc:
        c = g.cred(0)
        return Doc(Template(text).substitute(id=c.id, secret=c.secret), [c], "file.txt")


for _name, _text in TEMPLATES.items():
    add(_name, _text)
