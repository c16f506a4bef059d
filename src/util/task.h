#pragma once
// A lazily started coroutine that is awaited by one other, or owned and started with start().
// Destroying a Task that has not ended cancels it: its frame goes, and with it the waits it holds.
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace bmsd {

template <class T>
class Task;

namespace detail {

struct PromiseBase {
    std::coroutine_handle<> waiting;
    std::exception_ptr thrown;

    struct Final {
        bool await_ready() noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept
        {
            const auto waiting = ended.promise().waiting;
            return waiting ? waiting : std::noop_coroutine();
        }
        void await_resume() noexcept {}
    };

    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void unhandled_exception() { thrown = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
    std::optional<T> value;
    Task<T> get_return_object();
    template <class U>
    void return_value(U&& result)
    {
        value.emplace(std::forward<U>(result));
    }
    T take()
    {
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    Task<void> get_return_object();
    void return_void() {}
    void take() const
    {
        if (thrown) std::rethrow_exception(thrown);
    }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
  public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() = default;
    explicit Task(Handle handle) : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept
    {
        if (this != &other) {
            cancel();
            handle_ = std::exchange(other.handle_, {});
        }
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() { cancel(); }

    /// Runs up to the first wait. The owner keeps the Task alive until done().
    void start() { handle_.resume(); }
    bool done() const { return !handle_ || handle_.done(); }
    /// The result of a task that is done; throws what the coroutine threw.
    T result() { return handle_.promise().take(); }
    void cancel()
    {
        if (handle_) std::exchange(handle_, {}).destroy();
    }

    auto operator co_await() && noexcept
    {
        struct Awaiter {
            Handle handle;
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept
            {
                handle.promise().waiting = waiting;
                return handle;
            }
            T await_resume() { return handle.promise().take(); }
        };
        return Awaiter{handle_};
    }

    /// To await a task that was started: waits for its end and gives its result. The Task must outlive the wait.
    auto ended() noexcept
    {
        struct Awaiter {
            Handle handle;
            bool await_ready() noexcept { return handle.done(); }
            void await_suspend(std::coroutine_handle<> waiting) noexcept { handle.promise().waiting = waiting; }
            T await_resume() { return handle.promise().take(); }
        };
        return Awaiter{handle_};
    }

  private:
    Handle handle_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object()
{
    return Task<T>(Task<T>::Handle::from_promise(*this));
}

inline Task<void> detail::Promise<void>::get_return_object()
{
    return Task<void>(Task<void>::Handle::from_promise(*this));
}

}  // namespace bmsd
