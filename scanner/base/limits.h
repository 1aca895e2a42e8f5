/*
 * limits.h - every maximum of the program, with its unit and its reason.
 *
 * Everything scanned is hostile; a limit that is reached is counted in the summary and never ends
 * the scan.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Bytes of a document that are matched at once: fits the second-level cache beside the database. */
#define LIMIT_PIECE_BYTES (512u * 1024)

/* Bytes seen on either side of a piece: a session token, its label and the structure round it. */
#define LIMIT_CONTEXT_BYTES (16u * 1024)

/* A file larger than this many bytes is shared out among the workers, piece by piece. */
#define LIMIT_SHARED_FILE_BYTES (4u * 1024 * 1024)

/*
 * Findings and lone ids held until the report, by all workers together: about 300 bytes each, and
 * up to twice as many before the last of them are dropped, so 60 MB.
 */
#define LIMIT_FINDINGS 100000u

/* Bytes of their values: a session token is 4 KiB, and 100,000 of these are too much. */
#define LIMIT_FINDINGS_BYTES (32u * 1024 * 1024)

/* Findings or errors that a worker holds by itself before it takes a lock: 1 MB. */
#define LIMIT_FINDINGS_APART 4096u

/* Errors held until the report. Further ones are only counted. */
#define LIMIT_TROUBLES 10000u

/* Bytes of MERGE_HEAD: a line for each commit that is merged in, and an octopus has some dozens. */
#define LIMIT_MERGE_HEAD_BYTES 65536u

/* Bytes of a git blob that is decoded into memory at once; two workers hold one each. */
#define LIMIT_BLOB_BYTES (64ull * 1024 * 1024)

/* Bytes of one git object that others are deltas of: git itself makes no deltas above this. */
#define LIMIT_GIT_BASE_BYTES (512ull * 1024 * 1024)

/* Bytes of decoded delta bases that one reader keeps: deep chains of large blobs stay bounded. */
#define LIMIT_GIT_CHAIN_BYTES (48u * 1024 * 1024)

/* Bytes of the longest anchor with which deltas are skipped: beyond, windows would be everything.
 */
#define LIMIT_DELTA_REACH_BYTES 1024u

/* Deltas on deltas: git's own maximum is 4095. */
#define LIMIT_GIT_DELTA_DEPTH 4096u

/* Bytes of a pack's index: 70 million objects, ten times the largest repositories known. */
#define LIMIT_GIT_INDEX_BYTES (2048ull * 1024 * 1024)

/* Bytes of any other file of a repository: packed-refs, a reflog, the index of the work tree. */
#define LIMIT_GIT_FILE_BYTES (256ull * 1024 * 1024)

/* Alternates of alternates that are followed, as git does. */
#define LIMIT_GIT_ALTERNATES 5u

/* Bundles of a folder in which the bases of another one's deltas are looked for, and times that is
 * tried: a year of weekly backups. */
#define LIMIT_GIT_LENDERS 64u

/* Paths kept for one blob: enough to find every copy, too few to fill memory with. */
#define LIMIT_GIT_PATHS 200u

/* Bytes of such a path: 16 times what Linux opens. A longer one is left out. */
#define LIMIT_GIT_PATH_BYTES 65536u

/* Folders that are read to compare the index with HEAD, and bytes of the paths of files that
 * differ: ten times what the largest repositories have. Trees can name one folder so often that
 * there is no end. */
#define LIMIT_STAGED_TREES 1000000u
#define LIMIT_STAGED_BYTES (512u * 1024 * 1024)

/* Steps from tree to tree in counting commits: a second's work, many credentials in a large
 * history. */
#define LIMIT_GIT_COUNT_STEPS 100000000u

/* Bytes of a rule file: the largest known pack of rules of any scanner is a tenth of it. */
#define LIMIT_RULE_FILE_BYTES (4u * 1024 * 1024)

/*
 * Bytes of a line of a report that is read back: 200 paths as long as Linux opens them, and
 * escapes. cJSON takes up to 32 times as much for it.
 */
#define LIMIT_REPORT_LINE_BYTES (4u * 1024 * 1024)

/* Bytes of a source file that SARIF reads again for its lines: GitHub takes none above 100 MB. */
#define LIMIT_SOURCE_BYTES (100u * 1000 * 1000)

/* Bytes of a configuration file, ours or the AWS CLI's: a thousand paths or profiles are a tenth of
 * it. */
#define LIMIT_CONFIG_BYTES (1024u * 1024)

/* Expressions of a .gitallowed: each is tried on the line of each finding. */
#define LIMIT_ALLOWED_LINES 1000u

/* Bytes of a baseline: as many entries as a report holds findings, with a reason for each. */
#define LIMIT_BASELINE_BYTES (16u * 1024 * 1024)

/* Parts of one document that are paired together; more are cut at the widest gap. */
#define LIMIT_PAIR_PARTS 16384u

/* Further secrets near an id that are tried where its own is not: each costs 5 seconds. */
#define LIMIT_CANDIDATES 4u

/* Secrets found with one id that are tried, 5 seconds apart: more is someone's list of guesses. */
#define LIMIT_TRIES 16u

/* Bytes of a list of accounts: the largest organisations have some 10,000. */
#define LIMIT_ACCOUNTS_BYTES (1024u * 1024)

/* Bytes of a cache of verdicts: some 50,000 credentials. */
#define LIMIT_CACHE_BYTES (16u * 1024 * 1024)

/* Times that one question is sent where the server throttles or fails: the waits add up to 6 s. */
#define LIMIT_VERIFY_TURNS 6u

/* Questions in a row that meet no server before it is asked no more: each may wait for 10 s. */
#define LIMIT_VERIFY_UNREACHED 10u

/* Files that hold one value alone and are kept back for pairing with their neighbours. */
#define LIMIT_SIBLINGS 4096u

/* Bytes of such a file: the longest session token is 4 KiB; with all of them 40 MB at the worst. */
#define LIMIT_SIBLING_BYTES 4608u

/* Steps of one PCRE2 match before it is given up: 1,000 times what the longest token needs. */
#define LIMIT_PCRE2_MATCH 1000000u

/* Bytes that gzip inside of base64 may grow to: the largest user data and config maps are 1 MiB. */
#define LIMIT_ENCODED_GZIP_BYTES (1024u * 1024)

/* Bytes of memory for what one piece of a document holds encoded; beyond, it is left encoded. */
#define LIMIT_DECODED_BYTES (32u * 1024 * 1024)

/* Bytes of a gzip file's content that is inflated at once, which is several times faster than as a
 * stream. */
#define LIMIT_GZIP_BYTES (16u * 1024 * 1024)

/* Bytes of an archive inside of another that is taken into memory because its index lies at its
 * end. */
#define LIMIT_ARCHIVE_MEMORY_BYTES (16u * 1024 * 1024)

/* Likewise where only one such archive lies in memory at a time, of a whole scan: a jar with all
 * that an application needs is 50 to 80 MiB. */
#define LIMIT_ARCHIVE_LARGE_BYTES (96u * 1024 * 1024)

/* Bytes that libarchive may read between two members of a tar, a cpio and their kin: names,
 * attributes, and maps of sparse files, each pair of whose numbers takes 48 bytes of memory and
 * four of these. */
#define LIMIT_ARCHIVE_HEADER_BYTES (4u * 1024 * 1024)

/* Likewise of an archive with an index, which is read before the first member: of iso and zip files
 * that hold a million. */
#define LIMIT_ARCHIVE_INDEX_BYTES (128u * 1024 * 1024)

/* Bytes of the directory of a zip file whose members are shared out: 300,000 members. A longer one
 * is read in order. */
#define LIMIT_ZIP_DIRECTORY_BYTES (32u * 1024 * 1024)

/* Bytes of memory that one xz, lzma or lzip stream may ask for: `xz -9` takes 65 MiB, and zstd's
 * library stops at 128 MiB. */
#define LIMIT_LZMA_BYTES (136u * 1024 * 1024)

/* Bytes of memory that the decoders of one folder of a 7z may ask for: `7z -mx=9` takes 192 MiB for
 * PPMd. PPMd in rar and zip can ask for 256 MiB, rar's window for 128 MiB with libarchive. */
#define LIMIT_SEVENZIP_BYTES (200u * 1024 * 1024)

/* Bytes of a 7z's header that are looked at to know that: the folders stand at its beginning, with
 * some 30 bytes each. */
#define LIMIT_SEVENZIP_HEADER_BYTES (8u * 1024 * 1024)

/* Bytes of a PDF that is searched for what lies compressed in it; of a larger one only the text. */
#define LIMIT_PDF_BYTES (64u * 1024 * 1024)

/* Bytes that one stream of it may expand to: a page of text is some KiB, a photograph 16 MiB. */
#define LIMIT_PDF_STREAM_BYTES (16u * 1024 * 1024)

/* Bytes of a member of an archive that is taken into memory whole, to be looked at by whoever has
 * time: small enough that every worker may hold several. */
#define LIMIT_ARCHIVE_PART_BYTES (256u * 1024)

/* Bytes and members that such a member may expand to, if it is an archive itself: eight of them fit
 * into LIMIT_ARCHIVE_EXPANDED_BYTES, so that as many can be unpacked at once. */
#define LIMIT_ARCHIVE_PART_EXPANDED_BYTES (128ull * 1024 * 1024)
#define LIMIT_ARCHIVE_PART_MEMBERS 100000u

/* Members that one may hold which is longer than that and yet unpacked apart. It may expand as far
 * as if it were no other's member, where that much is left. */
#define LIMIT_ARCHIVE_SHARED_MEMBERS 1000000u

/* Bytes of those that may wait or be unpacked beside what they came out of, in a whole scan,
 * besides one of LIMIT_ARCHIVE_LARGE_BYTES. */
#define LIMIT_ARCHIVE_SHARED_BYTES (64u * 1024 * 1024)

/* Archives inside of one another that are opened, unless --archive-depth says otherwise. */
#define LIMIT_ARCHIVE_DEPTH 8u

/* Members of one archive, all that lies in it included. */
#define LIMIT_ARCHIVE_MEMBERS 10000000u

/* Bytes that one archive may expand to: so many, or LIMIT_ARCHIVE_RATIO times its size if that is
 * more. */
#define LIMIT_ARCHIVE_EXPANDED_BYTES (1024ull * 1024 * 1024)
#define LIMIT_ARCHIVE_RATIO 200u

/* Milliseconds to wait for a connection, and seconds without a byte: what the AWS CLI waits is 60 s
 * each; an answer that does not begin in half of that is better asked for again. */
#define LIMIT_HTTP_CONNECT_MS 10000u
#define LIMIT_HTTP_STALL_S 30u

/* Bytes of an answer's header lines, and of the document that tells a failure: AWS's are under
 * 2 KiB. What is longer is cut. */
#define LIMIT_HTTP_HEADER_BYTES (32u * 1024)
#define LIMIT_HTTP_FAULT_BYTES (64u * 1024)

/* Times that a request is sent in all: what throttles lasts seconds, and the waits add up to some
 * two minutes at most; a server that cannot be reached at all is given up sooner. */
#define LIMIT_CALL_TRIES 9u
#define LIMIT_CALL_TRIES_UNREACHED 3u

/* Milliseconds of the first wait and of the longest one; each is twice the one before, times a
 * random number from 0 to 1 ("full jitter"). */
#define LIMIT_CALL_WAIT_MIN_MS 100u
#define LIMIT_CALL_WAIT_MAX_MS 20000u

/* Bytes of an XML document's names and texts, and its elements inside of one another: S3's longest
 * value is a key of 1,024 bytes, percent-encoded. */
#define LIMIT_XML_TEXT_BYTES 16384u
#define LIMIT_XML_DEPTH 16u

/* Bytes of a document that holds credentials: a session token is 4 KiB at most. */
#define LIMIT_CREDENTIALS_BYTES (64u * 1024)

/* Roles that are assumed one with another's keys: AWS itself allows two. */
#define LIMIT_ROLE_CHAIN 8u

/* Bytes of one page of a bucket's listing: 1,000 keys of 1,024 bytes, each as %XX, and what stands
 * round them, are 4 MiB. */
#define LIMIT_S3_LISTING_BYTES (16u * 1024 * 1024)

/* Pages of a listing, one after the other, that hold no object: many delete markers make such. */
#define LIMIT_S3_EMPTY_PAGES 10000u

/* Bytes of an object that one request fetches, and parts of one object that are asked for ahead:
 * one connection to S3 gives some 80 MB/s, and a part takes longer than its first byte (30 ms). */
#define LIMIT_S3_PART_BYTES (2u * 1024 * 1024)
#define LIMIT_S3_PARTS_AHEAD 8u

/* Bytes of objects that are fetched, or are there and not yet scanned, all together. Each object
 * under way may have one part beyond it, so that none waits for another. */
#define LIMIT_S3_FLIGHT_BYTES (64u * 1024 * 1024)

/* Objects that are asked for or wait to be scanned: with 30 ms a request 64 make 2,000 a second. */
#define LIMIT_S3_FLIGHT_OBJECTS 64u

/* Times that an object which changes under the reading is begun again. */
#define LIMIT_S3_RESTARTS 3u

/* Bytes of one value, or one line, of an inventory: a key is 1,024 at most, tripled in a URL. */
#define LIMIT_INVENTORY_VALUE_BYTES (64u * 1024)

/* Bytes of the names of an inventory's files: S3 writes one file for some million objects. */
#define LIMIT_INVENTORY_FILES_BYTES (16u * 1024 * 1024)

/* Bytes of what --resume keeps of one object; one with some thousand findings is read again. */
#define LIMIT_RESUME_RECORD_BYTES (4u * 1024 * 1024)

/* Bytes of one record of a log: CloudTrail's own maximum is 1 MiB. A longer one is passed over. */
#define LIMIT_TRAIL_RECORD_BYTES (2u * 1024 * 1024)

/* Bytes of a log that is held whole, so that it is only taken apart where something was found in
 * it; a longer one is read in windows of this size, one a worker. */
#define LIMIT_TRAIL_WINDOW_BYTES (16u * 1024 * 1024)

/* Keys, sessions and users that are followed, 200 bytes each. */
#define LIMIT_TRAIL_SUBJECTS 20000u

/* Of these, what one pass may learn before the earliest are chosen, 300 bytes each; what comes
 * beyond is dropped and told. */
#define LIMIT_TRAIL_LEARNED 262144u

/* Passes over the logs: each follows what the one before found, and chains of roles are short. */
#define LIMIT_TRAIL_PASSES 12u

/* Different steps (who, what, from where) that are told: twice as many are held, 60 MB. */
#define LIMIT_TRAIL_STEPS 65536u

/* Steps that the HTML page holds, of all stories together: some 40 MB of ordinary logs, which a
 * browser opens; --format jsonl has no such limit. */
#define LIMIT_TRAIL_PAGE_STEPS 65536u

/* Bytes of a name, an address or a user agent that are kept. */
#define LIMIT_TRAIL_TEXT_BYTES 512u

/* Ten minutes of one address of one subject: 64 bytes each, twice as many are held. */
#define LIMIT_TRAIL_SPELLS 262144u

/* Records that are told from one another, so that one in two files counts once: 8 bytes each. */
#define LIMIT_TRAIL_RECORDS (8u * 1024 * 1024)

/* Principals that a hunt looks at closely. */
#define LIMIT_TRAIL_SUSPECTS 256u

/* Places of a credential whose surroundings `show` shows, 24 KB each; further ones are counted. */
#define LIMIT_SHOWN_PLACES 1024u

/* Worker threads. */
#define LIMIT_JOBS 1024u

#endif
