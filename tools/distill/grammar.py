"""Requests and questions in the manner in which people speak to a program, made from a small grammar.

Owns the frames and the words of a few fields of everyday and of developers' life. Everything here was written for
this purpose; no line was taken from a set of sentences that anything is measured on. Half of the nouns, verbs and
adjectives come from WordNet, weighted by how often they are used, so that the sentences reach beyond the fields.
"""

import random

FIELDS = {
    "money": (
        "pay transfer send withdraw deposit save borrow spend exchange convert refund charge cancel check dispute verify "
        "activate freeze block order receive top_up close open report track increase lower split owe budget change link",
        "account/bank account/savings account/checking account/balance/card/credit card/debit card/virtual card/prepaid card/"
        "pin/pin code/payment/direct debit/standing order/transfer/wire transfer/cash/cash machine/atm/withdrawal/deposit/"
        "check/cheque/fee/charge/exchange rate/currency/foreign currency/euros/dollars/pounds/transaction/refund/loan/mortgage/"
        "interest rate/credit score/credit limit/bill/electricity bill/phone bill/rent/invoice/receipt/statement/pension/salary/"
        "paycheck/income/tax/taxes/insurance/insurance policy/budget/expense/spending history/routing number/identity/passport/"
        "proof of identity/source of funds/beneficiary/recipient/merchant/purchase/contactless payment/mobile payment/limit/"
        "minimum payment/due date/reward points/cash back/annual fee/app/passcode/password/money/top up/auto top-up",
        "pending declined wrong duplicate extra expired stolen lost missing failed late high low international available "
        "disposable physical damaged blocked frozen swallowed reverted cancelled overdue",
    ),
    "travel": (
        "book reserve cancel change confirm find visit fly drive rent plan pack check track upgrade translate reach leave",
        "flight/plane ticket/ticket/hotel/hotel room/reservation/booking/trip/vacation/holiday/train/bus/taxi/ride/rental car/"
        "airport/gate/boarding pass/luggage/suitcase/carry on/lost bag/passport/visa/travel insurance/vaccination/shots/"
        "travel alert/travel notification/tourist attraction/museum/beach/restaurant/time zone/plug/outlet/adapter/map/route/"
        "directions/traffic/distance/border/embassy/language/exchange office/seat/layover/arrival time/departure",
        "cheap direct early late safe nearby foreign popular delayed round-trip first-class cancelled lost",
    ),
    "kitchen": (
        "cook bake order make eat boil fry freeze substitute reheat prepare mix serve chop taste find",
        "recipe/dinner/lunch/breakfast/meal/ingredient/ingredients/calories/nutrition/sugar/salt/flour/egg/eggs/chicken/beef/"
        "rice/pasta/soup/salad/cake/bread/cheese/milk/coffee/tea/pizza/burger/taco/fish/vegetables/fruit/apple/oven/stove/"
        "microwave/pan/grocery list/shopping list/takeout/delivery/table/restaurant/reservation/menu/review/waiter/wine/"
        "expiration date/leftovers/cooking time/sauce/butter/olive oil/vinegar/spice/lasagna/curry",
        "healthy fresh spicy vegan vegetarian gluten-free frozen raw sweet leftover good hot mexican italian chinese thai indian",
    ),
    "home": (
        "turn_on turn_off dim brighten lock unlock open close clean vacuum start stop set raise lower switch_on switch_off "
        "adjust order reorder buy change reset",
        "light/lights/lamp/living room/bedroom/kitchen/thermostat/temperature/heating/air conditioner/fan/door/front door/garage/"
        "window/blinds/curtains/vacuum cleaner/robot/washing machine/dishwasher/coffee machine/oven/tv/television/speaker/"
        "socket/plug/smart plug/alarm system/camera/doorbell/brightness/color/volume/living room lights/hallway/bathroom/"
        "shopping list/to do list/chores/package/order/delivery/warranty",
        "bright dark dim warm cold loud quiet red blue green broken dirty smart",
    ),
    "time": (
        "set cancel snooze schedule reschedule remind remember add delete move check create plan attend confirm invite start stop",
        "alarm/timer/reminder/meeting/appointment/calendar/event/schedule/date/time/birthday/anniversary/holiday/day off/"
        "time off/pto/pto request/pto balance/vacation days/deadline/conference/meeting room/list/task/todo/note/agenda/party/"
        "interview/class/doctor's appointment/wake up call/stopwatch/countdown/clock/time zone/day/week/weekend/month/year",
        "next last early late free busy upcoming important daily weekly recurring double-booked",
    ),
    "media": (
        "play pause stop skip shuffle repeat listen_to watch find add rate like download recommend read record mute turn_up "
        "turn_down resume identify search",
        "song/music/playlist/album/artist/band/singer/track/radio/radio station/podcast/audiobook/book/novel/chapter/movie/film/"
        "show/tv series/episode/season/game/video game/trailer/soundtrack/movie schedule/theater/cinema/actor/director/genre/"
        "jazz/rock/classical music/news/headline/story/joke/quote/volume/picture/video/photo/magazine/comic/saga/poem/"
        "concert/lyrics/guitar/piano/five stars/rating/review",
        "new latest popular favorite funny loud romantic sad best old good animated current",
    ),
    "messages": (
        "send read write reply forward call text dial answer post tweet share delete check email invite block record tell ask "
        "complain message",
        "message/text/text message/email/mail/inbox/voicemail/phone/phone call/call/contact/contacts/phone number/address/"
        "email address/friend/mom/dad/brother/sister/wife/husband/boss/coworker/colleague/neighbor/customer service/support/"
        "social media/tweet/status/post/facebook/twitter/group chat/attachment/conversation/whisper mode/do not disturb/"
        "subject line/sender/spam/newsletter/complaint/company",
        "new unread last missed urgent recent personal private work",
    ),
    "knowledge": (
        "define explain calculate convert spell translate compare count measure describe look_up solve add divide multiply "
        "find know tell",
        "definition/meaning/word/synonym/spelling/translation/capital/population/country/city/mountain/river/president/"
        "history/inventor/planet/distance/height/age/weight/size/temperature/square root/percent/sum/fraction/tip/miles/"
        "kilometers/pounds/kilograms/inches/feet/cups/ounces/liters/stock/stock price/share price/weather/forecast/rain/snow/"
        "wind/humidity/sunrise/sunset/storm/umbrella/coin/dice/number/fun fact/trivia/riddle/joke/animal/cat/dog/horoscope/"
        "french/spanish/german/japanese/chinese/date of birth/celebrity/sport/team/score/match/game result",
        "big small tall old heavy deep famous rainy sunny windy cloudy cold hot correct average random",
    ),
    "car": (
        "fix repair check change replace drive park start jump_start fill inspect wash schedule register charge",
        "car/tire/tires/tire pressure/oil/oil change/engine/engine light/battery/brakes/gas/gas level/fuel/fuel type/mpg/mileage/"
        "windshield/insurance/registration/license/driver's license/plate/service/maintenance/parking/garage/mechanic/"
        "warning light/dashboard/speed/route/gas station/traffic/highway/uber/lyft/bike/scooter/jumper cables",
        "flat low empty new old used broken electric long fast",
    ),
    "self": (
        "change repeat sync update reset unlink rename remember forget stop cancel help speak understand learn pause sleep",
        "name/user name/voice/accent/language/speed/volume/settings/phone/device/password/hobby/hobbies/job/boss/maker/creator/"
        "origin/age/pets/favorite color/opinion/advice/mood/answer/question/command/option/feature/skill/meaning of life/"
        "conversation/secret/ai/robot/computer/machine/human/person/assistant",
        "human real smart happy boring sorry welcome good bad funny ready available wrong right fake",
    ),
    "work": (
        "apply request submit approve update check fill_out print order report onboard train retire quit hire",
        "job/salary/raise/promotion/benefits/health insurance/health plan/401k/retirement plan/rollover/w2/tax form/direct deposit/"
        "payday/paycheck/vacation/sick leave/leave of absence/application/application status/resume/interview/contract/manager/"
        "team/office/coworker/department/human resources/expense report/business card/printer/laptop/badge/account/warranty/"
        "customer/order/order status/package/tracking number/return/refund/store/coupon/discount/price/sale/size/color",
        "new full-time missing pending approved late annual next free",
    ),
    "code": (
        "run test build compile deploy commit push pull merge rebase revert refactor rename format lint fix debug profile "
        "install update upgrade audit review document stash tag release search replace move delete check undo bisect benchmark",
        "test/tests/unit tests/test suite/branch/feature branch/commit/last commit/changes/working copy/repository/module/"
        "function/class/method/variable/file/folder/package/dependency/dependencies/library/build/project/code/dead code/"
        "comment/todo/todos/bug/error/warning/type error/stack trace/log/logs/security hole/vulnerability/secret/api key/"
        "password in the code/login form/auth module/database/migration/schema/query/index/server/service/endpoint/api/"
        "container/image/cluster/pipeline/script/shell command/config/configuration/environment variable/release/"
        "release notes/changelog/readme/documentation/version/tag/merge conflict/pull request/coverage/lint errors/style/"
        "imports/memory leak/cpu usage/disk space/port/process/archive/tarball/backup/cache/token/session/user input/regex",
        "failing broken flaky slow unused outdated vulnerable untracked staged remote local green red latest old duplicate "
        "insecure unsafe hard-coded deprecated",
    ),
}
NAMES = "anna ben carlos dana eva frank grace henry irene jack kate liam maria nina oscar paul rita sam tom vera".split()
PLACES = (
    "paris/london/new york/tokyo/berlin/chicago/rome/toronto/mexico city/san francisco/india/spain/france/canada/brazil/texas/"
    "florida/the airport/the office/downtown/my house/the supermarket/the station/europe/here/seattle/boston/sydney/china"
).split("/")
TIMES = (
    "today/tomorrow/tonight/yesterday/this week/next week/last month/on monday/on friday/on saturday morning/at 5 pm/at noon/"
    "at 7 am/at 8:30/in ten minutes/in two hours/for 30 minutes/by the end of the day/before lunch/after work/every day/"
    "on the 5th of june/in march/this weekend/in the morning/right now/already/since yesterday/two days ago/next year"
).split("/")
NUMBERS = "2 3 5 10 12 20 25 50 100 150 1000 one two three four five ten twenty".split()
ASKING = (
    "/////can you/could you/please/i want to/i need to/i'd like to/i would like to/help me/how do i/how do you/how can i/"
    "how to/is it possible to/go ahead and/would you/i have to/show me how to/what's the best way to/should i/"
    "why can't i/am i able to/tell me how to/can i/where can i/when can i/i forgot to/i can't/i'm trying to/i am unable to/"
    "are you able to/do i need to/what do i need to/what happens if i/remind me to/hey could you/i was wondering how to/"
    "what are the steps to/let's/don't/never/you should/i was not able to/will you/who can/is there a way to"
).split("/")
FRAMES = (
    "{ask} {vp}/{ask} {vp}/{ask} {vp} {time}/{ask} {vp} {pp}/{ask} {vp} {pp} {time}/{ask} {v} it/{ask} {vp} and {vp}/"
    "{vp}/{vp} please/what is {np}/what's {np}/what is {np} {pp}/what's {np} {time}/what are {np}/what {n} do i have/"
    "where is {np}/where are {np}/where did {np} go/how much is {np}/how much does {np} cost/how much {n} do i have/"
    "how much {n} is in {np}/how long does {np} take/how long will {np} take to {v}/how long should i {vp}/how many {n} are in {np}/"
    "how many {n} do i have/how {a} is {np}/how's {np} {pp}/when is {np}/when will {np} arrive/when does {np} {v}/"
    "when should i {vp}/why is {np} {a}/why is {np} still {a}/why was {np} {ved}/why hasn't {np} been {ved}/"
    "why did {np} {v}/why did my {n} not {v}/why do i have to {vp}/why was i {ved} for {np}/who {ved} {np}/who is {np}/"
    "is {np} {a}/is there {np} {pp}/are there any {n} {pp}/is my {n} {a}/has {np} been {ved}/did {np} {v}/do you have {np}/"
    "do you like {n}/do you know {np}/do i need {np} {pp}/which {n} is {a}/which {n} can i {v}/which {n} {v} {np}/"
    "what kind of {n} {v} {np}/what does {n} mean/what happened to {np}/tell me about {np}/tell me {np}/give me {np}/"
    "show me {np}/show me {np} {pp}/list {np}/i lost {np}/i think {np} is {a}/there is something wrong with {np}/"
    "there is {np} i did not {v}/{np} doesn't work/{np} is not working/{np} isn't {ving}/{np} was {ved}/{np} was {ved} {time}/"
    "{np} is {a}/my {n} is {a}/my {n} got {ved} {pp}/i {ved} {np} {time}/i {ved} {np} but {np} is {a}/i haven't {ved} {np} yet/"
    "i have {np}/i need {np}/i need {np} {time}/i need {np} {pp}/i'm {ving} {np}/i am {ving} to {place} {time}/i don't recognize {np}/"
    "i can't find {np}/i don't have {np}/i don't want {np}/i would like {np}/looking for {np}/any {a} {n} {pp}/"
    "the {a} {n} {pp}/{a} {n}/{n}/{n} {n}/{ving} {np}/{v} {n}/new {n}/thanks for {np}/yes {v} it/no don't {v} it/"
    "remind {name} to {vp}/text {name} {time}/ask {name} about {np}/send {name} {np}/{name} {ved} {np}/add {np} to {np}/"
    "put {np} on {np}/take {np} off {np}/move {np} to {np}/how do you say {n} in {place}/what time is it in {place}/"
    "how far is {place} from {place}/i'm going to {place} {time}/weather in {place} {time}/{np} to {place}/{np} from {place} to {place}/"
    "set {np} to {num}/set {np} {time}/i want {num} {n}/{num} {n} to {n}/{v} {num} {n} {pp}/give {np} {num} out of {num}/"
    "what will {np} be {time}/will it be {a} {time}/can {np} be {ved}/could {np} have been {ved}/does {np} {v} {np}/"
    "does {place} have {np}/are you {a}/are you {np}/what can you {v}/you are {a}/that is {a}/i feel {a}/can i {v} {np} with {np}/"
    "what if {np} is {a}/if {np} is {a} {vp}/after {ving} {np} {vp}/instead of {n} use {n}/i'd rather {vp}"
).split("/")


def choices(text):
    return [word.replace("_", " ") for word in text.split()]


class Grammar:
    """Makes sentences; `lexicon` maps n, v and a to WordNet words with weights."""

    def __init__(self, lexicon, irregular, seed):
        self.random = random.Random(seed)
        self.lexicon = lexicon
        self.irregular = irregular
        self.fields = [
            {"v": choices(verbs), "n": nouns.split("/"), "a": choices(adjectives)}
            for verbs, nouns, adjectives in FIELDS.values()
        ]

    def word(self, kind, field):
        if self.random.random() < 0.55:
            return self.random.choice(field[kind])
        words, weights = self.lexicon[kind]
        return self.random.choices(words, cum_weights=weights)[0]

    def past(self, verb):
        head, _, tail = verb.partition(" ")
        if head in self.irregular:
            head = self.irregular[head]
        elif head.endswith("e"):
            head += "d"
        elif head.endswith("y") and head[-2:-1] not in "aeiou":
            head = head[:-1] + "ied"
        else:
            head += "ed"
        return f"{head} {tail}".strip()

    def doing(self, verb):
        head, _, tail = verb.partition(" ")
        if head.endswith("e") and not head.endswith(("ee", "ye", "oe")):
            head = head[:-1]
        return f"{head}ing {tail}".strip()

    def noun_phrase(self, field):
        pick = self.random.random
        start = self.random.choice(("the", "my", "a", "my", "the", "your", "this", "that", "all", "", "", "another", "any"))
        words = [start] if start else []
        if pick() < 0.3:
            words.append(self.word("a", field))
        if pick() < 0.15:
            words.append(self.word("n", field))
        words.append(self.word("n", field))
        if pick() < 0.12:
            words += [self.random.choice(("of", "for", "with", "in", "from")), self.word("n", field)]
        return " ".join(words)

    def fill(self, slot, field):
        choose = self.random.choice
        if slot in ("n", "v", "a"):
            return self.word(slot, field)
        if slot == "np":
            return self.noun_phrase(field)
        if slot == "vp":
            return f"{self.word('v', field)} {self.noun_phrase(field)}"
        if slot == "ved":
            return self.past(self.word("v", field))
        if slot == "ving":
            return self.doing(self.word("v", field))
        if slot == "pp":
            preposition = choose(("from", "to", "for", "in", "with", "on", "at", "about", "without", "near", "before", "using"))
            what = choose((choose(PLACES), self.noun_phrase(field), self.noun_phrase(field), choose(NAMES)))
            return f"{preposition} {what}"
        return choose({"ask": ASKING, "time": TIMES, "place": PLACES, "name": NAMES, "num": NUMBERS}[slot])

    def sentence(self):
        field = self.random.choice(self.fields)
        parts = self.random.choice(FRAMES).split("{")
        said = parts[0]
        for part in parts[1:]:
            slot, _, rest = part.partition("}")
            said += self.fill(slot, field) + rest
        said = " ".join(said.split())
        if self.random.random() < 0.12:
            said += self.random.choice(("?", "?", ".", "please"))
        return said
