#include "features/cache.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/standard_streams.h"

namespace oneormany::features {
namespace {

static_assert(std::endian::native == std::endian::little, "features.db holds little-endian floats");

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kSchema = 2;    // in user_version
constexpr int kUnsummed = 1;  // the one before: its rows can't be told from damaged ones
constexpr std::size_t kRowsAtOnce = 64;
constexpr milliseconds kLongestWait{500};
constexpr int kBusyMilliseconds = 20000;

struct SqlError : std::runtime_error {
  SqlError(int code_in, const std::string& what) : std::runtime_error(what), code(code_in) {}
  int code;
};

class Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db) {
    check(sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void bind(int at, const std::string& text) {
    check(sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()),
                            SQLITE_STATIC));
  }
  void bind(int at, std::int64_t number) { check(sqlite3_bind_int64(statement_, at, number)); }
  void bind(int at, std::span<const std::byte> bytes) {
    check(sqlite3_bind_blob(statement_, at, bytes.data(), static_cast<int>(bytes.size()),
                            SQLITE_STATIC));
  }
  bool step() {  // is there a row?
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
    return code == SQLITE_ROW;
  }
  std::int64_t number(int column) { return sqlite3_column_int64(statement_, column); }
  std::span<const std::byte> bytes(int column) {
    const auto* first = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
    return {first, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  void reset() { sqlite3_reset(statement_); }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) throw SqlError(code, sqlite3_errmsg(db_));
  }
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

void run(sqlite3* db, const char* sql) {
  Statement statement(db, sql);
  while (statement.step()) {
  }
}

std::int64_t number_of(sqlite3* db, const char* sql) {
  Statement statement(db, sql);
  return statement.step() ? statement.number(0) : 0;
}

// Undone unless committed.
class Transaction {
 public:
  explicit Transaction(sqlite3* db, const char* begin = "BEGIN IMMEDIATE") : db_(db) {
    run(db, begin);
  }
  ~Transaction() {
    if (db_) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    run(db_, "COMMIT");
    db_ = nullptr;
  }

 private:
  sqlite3* db_;
};

using Bytes = std::span<const std::byte>;

Bytes bytes_of(const auto& values) { return std::as_bytes(std::span(values)); }

std::vector<std::byte> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// A row as the file has it.
struct Kept {
  std::vector<std::byte> pixels, facts, row, sum;
};

/// Of all that a row says, with the names of what it was looked up by: a row that a damaged index
/// leads to is wrong too.
base::Sha256 sum_of(std::string_view setup, Bytes content, Bytes pixels, Bytes facts, Bytes row) {
  const base::Sha256 name = base::sha256(bytes_of(setup));
  std::vector<std::byte> all;
  for (const Bytes part : {bytes_of(name), content, pixels, facts, row}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return base::sha256(all);
}

/// The facts of a picture as they are kept: three numbers of 32 bits, little-endian, and flags.
using Facts = std::array<std::uint32_t, 4>;

enum : std::uint32_t { kOneColour = 1, kBlack = 2, kWhite = 4, kGrey = 8 };

Facts packed(const image::PictureFacts& facts) {
  const std::uint32_t flags = (facts.one_colour ? kOneColour : 0U) | (facts.black ? kBlack : 0U) |
                              (facts.white ? kWhite : 0U) | (facts.grey ? kGrey : 0U);
  return {facts.width, facts.height, facts.pages, flags};
}

image::PictureFacts unpacked(const Facts& facts) {
  return {.width = facts[0],
          .height = facts[1],
          .pages = facts[2],
          .one_colour = (facts[3] & kOneColour) != 0,
          .black = (facts[3] & kBlack) != 0,
          .white = (facts[3] & kWhite) != 0,
          .grey = (facts[3] & kGrey) != 0};
}

constexpr const char* kForeign = "it is of another program or version";

void create_or_check(sqlite3* db) {
  run(db, "PRAGMA page_size = 65536");  // five rows of 3104 features; only heeded in a new file
  run(db, "PRAGMA journal_mode = WAL");
  run(db, "PRAGMA synchronous = NORMAL");
  run(db, "PRAGMA temp_store = MEMORY");  // no file but those beside features.db
  if (number_of(db, "PRAGMA user_version") == kSchema) return;
  Transaction transaction(db);
  const auto version =
      number_of(db, "PRAGMA user_version");  // another process may have been faster
  if (version == kSchema) return;
  if (version == kUnsummed) {
    run(db, "DROP TABLE features");
    run(db, "DROP TABLE setups");
  } else if (version != 0 || number_of(db, "SELECT count(*) FROM sqlite_master") != 0) {
    throw SqlError(SQLITE_NOTADB, kForeign);
  }
  run(db, "CREATE TABLE setups (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)");
  run(db,
      "CREATE TABLE features (content BLOB NOT NULL, setup INTEGER NOT NULL REFERENCES setups,"
      " pixels BLOB NOT NULL, facts BLOB NOT NULL, row BLOB NOT NULL, sum BLOB NOT NULL, UNIQUE "
      "(content, setup))");
  run(db, fmt::format("PRAGMA user_version = {}", kSchema).c_str());
  transaction.commit();
}

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Database = std::unique_ptr<sqlite3, Close>;

Database open(const std::string& name, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (code != SQLITE_OK) throw SqlError(code, raw ? sqlite3_errmsg(raw) : "out of memory");
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  return db;
}

Database open_to_write(const std::filesystem::path& file) {
  Database db = open(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (sqlite3_db_readonly(db.get(), "main") == 1) {
    throw SqlError(SQLITE_READONLY, "it is read-only");
  }
  const auto give_up = Clock::now() + milliseconds(kBusyMilliseconds);
  for (;;) {
    try {
      create_or_check(db.get());
      return db;
    } catch (const SqlError& error) {
      // Two processes that make the same new file: SQLite tells one of them at once, without
      // waiting, that it is locked.
      if ((error.code & 0xff) != SQLITE_BUSY || Clock::now() > give_up) throw;
      std::this_thread::sleep_for(milliseconds(10));
    }
  }
}

/// As it is, without the files beside it that SQLite would need to read along with a process that
/// writes: a row that such a process changes meanwhile has a wrong sum.
Database open_to_read(const std::filesystem::path& file) {
  std::string name = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '.';
    name += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
  }
  Database db = open(name + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  if (number_of(db.get(), "PRAGMA user_version") != kSchema) {
    throw SqlError(SQLITE_NOTADB, kForeign);
  }
  return db;
}

}  // namespace

struct Cache::Impl {
  struct Row {
    base::Sha256 content, pixels;
    Facts facts;
    std::vector<float> features;
  };

  std::filesystem::path file;
  std::string setup;
  std::mutex mutex;
  Database db;  // null: done without
  std::optional<Statement> select;
  std::string read_only;  // why, if it is
  bool told = false;
  std::int64_t setup_id = 0;
  std::vector<Row> waiting;
  Clock::time_point written = Clock::now();

  // Does `work` with the database, if there is one; if it fails, there is none from then on.
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const SqlError& error) {
      const int code = error.code & 0xff;
      give_up(error.what(), code == SQLITE_CORRUPT || code == SQLITE_NOTADB);
    } catch (const std::filesystem::filesystem_error& error) {
      give_up(error.code().message(), false);
    }
  }

  void give_up(const std::string& why, bool damaged) {
    select.reset();
    db.reset();
    waiting.clear();
    base::say_line(fmt::format("{}: can't be used to keep features: {}; going on without{}",
                               file.string(), why,
                               damaged ? " (delete the file to start a new one)" : ""));
  }

  // A read-only folder, another's file, a full disk: what was kept before can still be read.
  void open_database() {
    try {
      db = open_to_write(file);
    } catch (const SqlError& error) {
      const int code = error.code & 0xff;
      if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB || !std::filesystem::exists(file)) throw;
      db = open_to_read(file);
      read_only = error.what();
    }
  }

  void tell_read_only() {
    if (std::exchange(told, true)) return;
    base::say_line(
        fmt::format("{}: can't be written ({}): features are read from it, new ones not kept",
                    file.string(), read_only));
  }

  std::optional<Kept> look_up(const base::Sha256& content) {
    const std::lock_guard lock(mutex);
    std::optional<Kept> kept;
    if (!db || setup_id == 0) return kept;
    guarded([&] {
      if (!select) {
        select.emplace(db.get(),
                       "SELECT pixels, facts, row, sum FROM features WHERE content = ? AND "
                       "setup = ?");
      }
      select->bind(1, bytes_of(content));
      select->bind(2, setup_id);
      if (select->step()) {
        kept = {copy_of(select->bytes(0)), copy_of(select->bytes(1)), copy_of(select->bytes(2)),
                copy_of(select->bytes(3))};
      }
      select->reset();
    });
    return kept;
  }

  std::int64_t id_of_setup() {
    Statement find(db.get(), "SELECT id FROM setups WHERE name = ?");
    find.bind(1, setup);
    return find.step() ? find.number(0) : 0;
  }

  void write() {
    Transaction transaction(db.get());
    if (setup_id == 0) {
      Statement insert(db.get(), "INSERT OR IGNORE INTO setups (name) VALUES (?)");
      insert.bind(1, setup);
      insert.step();
      setup_id = id_of_setup();
    }
    Statement insert(db.get(),
                     "INSERT OR REPLACE INTO features (content, setup, pixels, facts, row, sum)"
                     " VALUES (?, ?, ?, ?, ?, ?)");
    for (const Row& row : waiting) {
      const Bytes content = bytes_of(row.content), pixels = bytes_of(row.pixels),
                  facts = bytes_of(row.facts), features = bytes_of(row.features);
      const base::Sha256 sum = sum_of(setup, content, pixels, facts, features);
      insert.bind(1, content);
      insert.bind(2, setup_id);
      insert.bind(3, pixels);
      insert.bind(4, facts);
      insert.bind(5, features);
      insert.bind(6, bytes_of(sum));
      insert.step();
      insert.reset();
    }
    transaction.commit();
    waiting.clear();
    written = Clock::now();
  }
};

Cache::Cache(const std::filesystem::path& dir, std::string setup)
    : impl_(std::make_unique<Impl>()) {
  impl_->file = dir / "features.db";
  impl_->setup = std::move(setup);
  impl_->guarded([&] {
    std::filesystem::create_directories(dir);
    impl_->open_database();
    impl_->setup_id = impl_->id_of_setup();
  });
}

Cache::~Cache() { flush(); }

std::optional<Pixels> Cache::find(const base::Sha256& content, std::span<float> features) {
  const std::optional<Kept> kept = impl_->look_up(content);
  // Not under the lock, for this takes longer than the rest.
  if (!kept ||
      !std::ranges::equal(kept->sum, bytes_of(sum_of(impl_->setup, bytes_of(content), kept->pixels,
                                                     kept->facts, kept->row)))) {
    return std::nullopt;
  }
  Pixels pixels;
  Facts facts;
  if (kept->pixels.size() != pixels.hash.size() || kept->facts.size() != sizeof(facts) ||
      kept->row.size() != features.size_bytes()) {
    return std::nullopt;
  }
  std::memcpy(pixels.hash.data(), kept->pixels.data(), kept->pixels.size());
  std::memcpy(facts.data(), kept->facts.data(), kept->facts.size());
  std::memcpy(features.data(), kept->row.data(), kept->row.size());
  pixels.facts = unpacked(facts);
  return pixels;
}

void Cache::add(const base::Sha256& content, const Pixels& pixels,
                std::span<const float> features) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->db) return;
  if (!impl_->read_only.empty()) {
    impl_->tell_read_only();
    return;
  }
  impl_->waiting.push_back(
      {content, pixels.hash, packed(pixels.facts), {features.begin(), features.end()}});
  if (impl_->waiting.size() >= kRowsAtOnce || Clock::now() - impl_->written >= kLongestWait) {
    impl_->guarded([&] { impl_->write(); });
  }
}

void Cache::flush() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->db && !impl_->waiting.empty()) impl_->guarded([&] { impl_->write(); });
}

}  // namespace oneormany::features
