#include "link/spi.h"

#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/spi/spidev.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "link/serial.h"

namespace bmsd::link {
namespace {

constexpr const char* gpio_chip = "/dev/gpiochip0";

class SystemSpi final : public SpiBus {
  public:
    Result<void> open(const std::string& path, unsigned hertz) override
    {
        Fd opened(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        if (!opened) return Failure(path + ": " + std::strerror(errno));
        const std::uint8_t mode = SPI_MODE_0, bits = 8;
        if (::ioctl(opened.get(), SPI_IOC_WR_MODE, &mode) < 0 ||
            ::ioctl(opened.get(), SPI_IOC_WR_BITS_PER_WORD, &bits) < 0 ||
            ::ioctl(opened.get(), SPI_IOC_WR_MAX_SPEED_HZ, &hertz) < 0)
            return Failure(path + " is no SPI device: " + std::strerror(errno));
        fd_ = std::move(opened);
        hertz_ = hertz;
        return {};
    }

    void close() override
    {
        lines_.clear();
        fd_.reset();
    }

    bool present(const std::string& path) const override
    {
        struct stat status {};
        return ::stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode);
    }

    bool transfer(MutableBytes bytes) override
    {
        spi_ioc_transfer transfer{};
        transfer.tx_buf = transfer.rx_buf = reinterpret_cast<std::uintptr_t>(bytes.data());
        transfer.len = static_cast<std::uint32_t>(bytes.size());
        transfer.speed_hz = hertz_;
        transfer.bits_per_word = 8;
        return fd_ && ::ioctl(fd_.get(), SPI_IOC_MESSAGE(1), &transfer) >= 0;
    }

    bool drive(unsigned line, bool high) override
    {
        Fd& fd = lines_[line];
        if (!fd) return request(line, high, fd);
        gpio_v2_line_values values{};
        values.bits = high ? 1 : 0;
        values.mask = 1;
        return ::ioctl(fd.get(), GPIO_V2_LINE_SET_VALUES_IOCTL, &values) >= 0;
    }

  private:
    static bool request(unsigned line, bool high, Fd& fd)
    {
        const Fd chip(::open(gpio_chip, O_RDWR | O_CLOEXEC));
        if (!chip) return false;
        gpio_v2_line_request asked{};
        asked.offsets[0] = line;
        asked.num_lines = 1;
        std::strncpy(asked.consumer, "bmsd", sizeof asked.consumer - 1);
        asked.config.flags = GPIO_V2_LINE_FLAG_OUTPUT;
        asked.config.num_attrs = 1;
        asked.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
        asked.config.attrs[0].attr.values = high ? 1 : 0;
        asked.config.attrs[0].mask = 1;
        if (::ioctl(chip.get(), GPIO_V2_GET_LINE_IOCTL, &asked) < 0) return false;
        fd = Fd(asked.fd);
        return true;
    }

    Fd fd_;
    unsigned hertz_ = 0;
    std::map<unsigned, Fd> lines_;
};

}  // namespace

std::unique_ptr<SpiBus> system_spi()
{
    return std::make_unique<SystemSpi>();
}

SpiPort::SpiPort(Loop& loop, std::string path, std::string name, std::unique_ptr<SpiBus> bus)
    : loop_(loop), path_(std::move(path)), name_(std::move(name)), bus_(std::move(bus))
{
}

SpiPort::~SpiPort()
{
    SpiPort::close();
}

Result<void> SpiPort::open(unsigned baud, bms::Parity)
{
    if (hertz_ == baud) return {};
    close();
    const auto opened = bus_->open(path_, baud);
    if (opened) hertz_ = baud;
    return opened;
}

void SpiPort::close()
{
    for (const unsigned line : driven_) bus_->drive(line, false);
    driven_.clear();
    if (std::exchange(hertz_, 0) != 0) bus_->close();
}

Task<bms::Reply<ByteView>> SpiPort::transact(bms::Exchange exchange)
{
    const Instant earliest = last_ + exchange.gap;
    if (earliest > loop_.now()) co_await loop_.sleep_until(earliest);
    wire_seconds_ = 0;
    if (!is_open()) co_return bms::refuse(bms::Refusal::link_lost);
    buffer_.assign(exchange.request.begin(), exchange.request.end());
    if (tap_ != nullptr) tap_->sent(exchange.request);
    const bool done = bus_->transfer(buffer_);
    last_ = loop_.now();
    if (!done) {
        close();
        co_return bms::refuse(bms::Refusal::link_lost);
    }
    wire_seconds_ = 8.0 * static_cast<double>(buffer_.size()) / hertz_;
    if (tap_ != nullptr) tap_->received(buffer_);
    co_return ByteView(buffer_);
}

Task<void> SpiPort::pause(Duration duration)
{
    co_await loop_.sleep(duration);
}

bool SpiPort::drive(unsigned line, bool high)
{
    if (!is_open() || !bus_->drive(line, high)) return false;
    if (std::find(driven_.begin(), driven_.end(), line) == driven_.end()) driven_.push_back(line);
    return true;
}

}  // namespace bmsd::link
