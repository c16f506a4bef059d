#pragma once
// What is known now: the last Snapshot of every battery that is served, and who is told about a new one.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "model/snapshot.h"
#include "model/who.h"

namespace bmsd::site {

/// Immutable once posted.
using SnapshotPtr = std::shared_ptr<const Snapshot>;
using WhoPtr = std::shared_ptr<const Who>;

struct Change {
    enum class What : std::uint8_t {
        appeared,  // it is served from now on; its first good reading is in there
        cycle,     // a cycle has ended
        changed,   // something beside the readings: a switch, the name, the place
        left,      // it is served no more; its last Snapshot
    };
    What what;
    WhoPtr who;  // never null, nor is the next
    SnapshotPtr now;
};

class Board;

/// As long as it lives its owner is told; may end inside of a callback, also after the Board.
class [[nodiscard]] Subscription {
  public:
    Subscription() = default;
    Subscription(Subscription&&) = default;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription() { reset(); }
    void reset();

  private:
    friend class Board;
    using Callback = std::function<void(const Change& change)>;
    explicit Subscription(std::shared_ptr<Callback> callback) : callback_(std::move(callback)) {}
    std::shared_ptr<Callback> callback_;
};

class Board {
  public:
    Board() = default;
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;

    /// The copy that subscribers get is made here, in the memory of an earlier one that nobody keeps any more.
    /// A `changed` of a battery that is not there is nothing; a `cycle` makes it appear.
    void post(Change::What what, const WhoPtr& who, const Snapshot& snapshot);
    /// Null: not there.
    SnapshotPtr last(BatteryId id) const;
    WhoPtr who(BatteryId id) const;
    /// All that are there, by number, each as `appeared`.
    std::vector<Change> all() const;
    /// Tells at once of those that are there, as `appeared`. A subscriber that throws is told of in the log and
    /// costs the others nothing. What is posted inside of a callback reaches everybody after the present change.
    Subscription subscribe(std::function<void(const Change& change)> callback);

  private:
    struct Line {
        WhoPtr who;
        std::shared_ptr<Snapshot> last;
        std::vector<std::shared_ptr<Snapshot>> spare;
    };
    static std::shared_ptr<Snapshot> copy(Line& line, const Snapshot& snapshot);
    void tell(const Change& change);

    std::map<BatteryId, Line> lines_;
    std::vector<std::weak_ptr<Subscription::Callback>> subscribers_;
    std::vector<Change> waiting_;  // posted while others are told
    bool telling_ = false;
};

/// For subscribers that cannot take each change at once (a broker, a browser): keeps the newest of every battery until
/// it is fetched. What came in between is skipped, what appeared and left in between is not seen at all.
class Newest {
  public:
    /// `wake` is called when there is something to fetch where there was nothing.
    Newest(Board& board, std::function<void()> wake);
    Newest(const Newest&) = delete;
    Newest& operator=(const Newest&) = delete;

    /// What is new since the last call. A battery that left and came back is one `left` and one `appeared`.
    std::vector<Change> fetch();

  private:
    struct News {
        bool seen = false;             // its appearance was fetched
        std::optional<Change> gone{};  // it left since
        std::optional<Change> now{};   // absent: it is not there, or nothing is new
    };
    void take(const Change& change);

    std::function<void()> wake_;
    std::map<BatteryId, News> news_;
    bool waiting_ = false;
    Subscription subscription_;  // last: it tells at once
};

}  // namespace bmsd::site
