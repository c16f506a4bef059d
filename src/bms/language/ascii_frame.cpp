// Frames of YD/T 1363: building and opening, the host's and the device's end.
#include "bms/language/ascii_frame.h"

#include <algorithm>

#include "util/checksum.h"

namespace bmsd::bms::ascii {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t end_mark = 0x0D;
constexpr std::size_t head_size = 13, tail_size = 5;  // characters before INFO and behind it
constexpr std::size_t length_at = 9;
constexpr Duration to_the_end = 300ms;  // from its first byte, beyond the time its characters take
constexpr std::size_t longest_text = head_size + 0xFFF + tail_size, ordinary_text = 400;
constexpr std::size_t most_noise = 256;  // characters before a text; a line that babbles on is not waited for

/// The LENGTH of an INFO of so many characters.
constexpr std::uint16_t length_field(std::size_t characters)
{
    const std::size_t sum = (characters & 15) + (characters >> 4 & 15) + (characters >> 8 & 15);
    return static_cast<std::uint16_t>((-sum & 15) << 12 | characters);
}
static_assert(length_field(0) == 0x0000 && length_field(2) == 0xE002 && length_field(0xA6) == 0x00A6);

void put_text(Bytes& text, ByteView bytes)
{
    static constexpr char digits[] = "0123456789ABCDEF";
    for (const auto byte : bytes) {
        text.push_back(static_cast<std::uint8_t>(digits[byte >> 4]));
        text.push_back(static_cast<std::uint8_t>(digits[byte & 15]));
    }
}

void put_word(Bytes& text, std::uint16_t word)
{
    const std::uint8_t bytes[]{static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)};
    put_text(text, bytes);
}

bool is_start(std::uint8_t character, std::string_view starts)
{
    return starts.find(static_cast<char>(character)) != std::string_view::npos;
}

/// How long the text that begins `stream` is: what LENGTH says unless CR comes sooner. Without a LENGTH to believe, up
/// to CR, but not for longer than an ordinary text.
std::size_t told_size(ByteView stream, std::size_t longest_info)
{
    const auto end = std::find(stream.begin(), stream.end(), end_mark);
    const std::size_t to_end = static_cast<std::size_t>(end - stream.begin()) + 1;
    if (stream.size() < head_size) return end == stream.end() ? head_size : to_end;
    const ByteView digits = stream.subspan(length_at, 4);
    const auto length = from_hex(std::string_view(reinterpret_cast<const char*>(digits.data()), digits.size()));
    if (!length || length->size() != 2) return std::min(to_end, ordinary_text);
    const std::uint64_t word = read_be(length->data(), 2);
    if (length_field(word & 0xFFF) != word || (word & 0xFFF) > 2 * longest_info) return std::min(to_end, ordinary_text);
    const std::size_t told = head_size + (word & 0xFFF) + tail_size;
    return end == stream.end() ? told : std::min(told, to_end);
}

}  // namespace

Extent find_text(ByteView stream, std::string_view starts, std::size_t longest_info)
{
    const auto start_from = [&](std::size_t at) {
        while (at < stream.size() && !is_start(stream[at], starts)) ++at;
        return at;
    };
    std::size_t begin = start_from(0);
    for (;;) {
        if (begin > most_noise) return {stream.size(), stream.size()};
        const std::size_t end = begin + told_size(stream.subspan(begin), longest_info);
        const std::size_t next = start_from(begin + 1);
        if (next >= std::min(end, stream.size())) return {begin, end};
        begin = next;
    }
}

Bytes build(std::uint8_t start, const Frame& frame)
{
    Bytes text{start};
    text.reserve(head_size + 2 * frame.info.size() + tail_size);
    const std::uint8_t head[]{frame.version, frame.address, frame.group, frame.code};
    put_text(text, head);
    put_word(text, length_field(2 * frame.info.size()));
    put_text(text, frame.info);
    put_word(text, checksum::negated_sum16(ByteView(text).subspan(1)));
    text.push_back(end_mark);
    return text;
}

Reply<Frame> open(ByteView text, std::string_view starts)
{
    if (text.empty() || !is_start(text.front(), starts)) return refuse(Refusal::bad_start);
    if (text.back() != end_mark) return refuse(Refusal::bad_end);
    if (text.size() < head_size + tail_size) return refuse(Refusal::bad_length);
    const ByteView characters = text.subspan(1, text.size() - 2);
    const std::string_view digits(reinterpret_cast<const char*>(characters.data()), characters.size());
    auto bytes = from_hex(digits);
    if (!bytes || bytes->size() * 2 != digits.size()) return refuse(Refusal::bad_content);
    const std::uint64_t length = read_be(bytes->data() + 4, 2);
    const std::size_t counted = length & 0xFFF;
    if (length_field(counted) != length) return refuse(Refusal::bad_checksum);
    if (text.size() != head_size + counted + tail_size) return refuse(Refusal::bad_length);
    const ByteView summed = characters.first(characters.size() - 4);
    if (checksum::negated_sum16(summed) != read_be(bytes->data() + bytes->size() - 2, 2))
        return refuse(Refusal::bad_checksum);
    Frame frame{(*bytes)[0], (*bytes)[1], (*bytes)[2], (*bytes)[3]};
    frame.info.assign(bytes->begin() + 6, bytes->end() - 2);
    return frame;
}

bool Host::is_mine(std::uint8_t answered, const Asked& asked) const
{
    if (answered == address_) return answers_as_.value_or(answered) == answered;
    if (!dialect_.own_address_for_0 || address_ != 0 || asked.at(dialect_.version).contains(answered)) return false;
    return answers_as_.value_or(answered) == answered;
}

Reply<void> Host::take(ByteView text, const Service& service, const Check& check, const Asked& asked)
{
    const auto frame = open(text, dialect_.reply_starts);
    if (!frame) return refuse(frame.error());
    if (frame->version != dialect_.version) return refuse(Refusal::wrong_echo);
    if (!is_mine(frame->address, asked)) return refuse(Refusal::wrong_address);
    if (dialect_.group_repeated && frame->group != service.group) return refuse(Refusal::wrong_echo);
    if (frame->code != good) return refuse(Refusal::device_error);
    if (frame->info.size() < service.least) return refuse(Refusal::bad_length);
    const auto passed = check(frame->info);
    if (passed) answers_as_ = frame->address;
    return passed;
}

Task<Reply<void>> Host::ask(Channel& channel, Service service, Bytes info, Check check, int tries)
{
    auto& asked = channel.shared<Asked>();
    asked[dialect_.version].insert(address_);
    const Bytes request =
        build(dialect_.start, {dialect_.version, address_, service.group, service.code, std::move(info)});
    const auto find = [&](ByteView so_far) { return find_text(so_far, dialect_.reply_starts, dialect_.longest_info); };
    const Exchange exchange{.request = request,
                            .length = [&](ByteView so_far) { return find(so_far).end; },
                            .first = service.first,
                            .rest = to_the_end,
                            .gap = 50ms};
    const auto taken = [&](ByteView reply) {
        const Extent text = find(reply);
        const std::size_t noise = std::min(text.begin, reply.size());
        if (noise > 0 && noise < reply.size()) channel.refused(Refusal::bad_start);  // counted; what follows is taken
        return take(reply.subspan(noise), service, check, asked);
    };
    co_return co_await bms::ask(channel, exchange, taken, tries);
}

std::size_t AsciiDevice::receive(ByteView input, Bytes& reply)
{
    if (input[0] != dialect_.start) return 1;
    const auto stop = std::find_if(input.begin() + 1, input.end(),
                                   [&](auto byte) { return byte == end_mark || byte == dialect_.start; });
    if (stop == input.end()) return input.size() > longest_text ? 1 : 0;
    const auto size = static_cast<std::size_t>(stop - input.begin());
    if (*stop != end_mark) return size;  // a new beginning: what was before it is lost
    answer_text(input.first(size + 1), reply);
    return size + 1;
}

void AsciiDevice::answer_text(ByteView text, Bytes& reply)
{
    const char start = static_cast<char>(dialect_.start);
    const auto request = open(text, std::string_view(&start, 1));
    if (!request || request->version != dialect_.version || request->address != address_) return;
    if (std::find(dialect_.groups.begin(), dialect_.groups.end(), request->group) == dialect_.groups.end()) return;
    auto info = answer(*request);
    Frame frame{dialect_.version, address_, request->group, info ? good : info.error()};
    if (info) frame.info = std::move(*info);
    append(reply, build(static_cast<std::uint8_t>(dialect_.reply_starts.front()), frame));
}

}  // namespace bmsd::bms::ascii
