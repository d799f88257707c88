"""The shipped topics: what a filing announces, and what only looks like it."""

from __future__ import annotations

import pytest

from watcher import item_codes, parse_submission, read_report


def topics_of(
    *items: tuple[str, str],
    headline: str = "",
    news: str = "announced it.",
    name: str = "ACME INC",
    form: str = "8-K",
) -> set[str]:
    """The topics of a small filing with these items and, if there is a headline, a press release."""
    lines = "".join(f"ITEM INFORMATION:\t\t{item_codes.TITLES[code]}\n" for code, _ in items)
    body = "".join(f"<p>Item {code}. {item_codes.TITLES[code]}.</p><p>{text}</p>" for code, text in items)
    release = (
        "<DOCUMENT>\n<TYPE>EX-99.1\n<FILENAME>r.htm\n<TEXT>\n<p>Exhibit 99.1</p>"
        f"<p>{headline}</p><p>MADISON, Wis., May 2, 2024 (GLOBE NEWSWIRE) -- Acme Inc. today {news}</p>\n</TEXT>\n"
        "</DOCUMENT>\n"
    )
    submission = (
        "<SEC-DOCUMENT>0000000001-24-000001.txt : 20240502\n<SEC-HEADER>\nACCESSION NUMBER:\t\t0000000001-24-000001\n"
        f"CONFORMED SUBMISSION TYPE:\t{form}\n{lines}FILED AS OF DATE:\t\t20240502\n\nFILER:\n\n\tCOMPANY DATA:\n"
        f"\t\tCOMPANY CONFORMED NAME:\t\t{name}\n\t\tCENTRAL INDEX KEY:\t\t42\n</SEC-HEADER>\n"
        f"<DOCUMENT>\n<TYPE>{form}\n<FILENAME>m.htm\n<TEXT>\n{body}<p>SIGNATURES</p>\n</TEXT>\n</DOCUMENT>\n"
        f"{release if headline else ''}</SEC-DOCUMENT>\n"
    )
    return {topic.name for topic in read_report(parse_submission(submission.encode())).topics}


RELEASED = ("8.01", "A release is filed as Exhibit 99.1.")


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Acme Announces Pricing of $750 Million of Senior Notes", {"debt financing"}),
        ("Acme Announces Early Retirement of $50 Million of Debt", {"debt financing"}),
        ("Acme Launches Exchange Offer and Consent Solicitation for its 8% Senior Notes", {"debt financing"}),
        ("Acme Announces Exercise of Warrants for $12 Million", {"equity financing"}),
        ("Acme Commences Tender Offer to Repurchase up to $50 Million of Its Common Stock", {"dividend or buyback"}),
        ("Acme and Beta to Merge in All-Stock Transaction", {"merger or acquisition"}),
        ("Acme Extends Tender Offer for All Shares of Beta", {"merger or acquisition"}),
        ("Acme to Explore Strategic Alternatives", {"merger or acquisition"}),
        ("Acme Announces Plan to Separate into Two Companies", {"divestiture"}),
        ("Acme Licenses Rights to a Molecule from Beta", {"licensing"}),
        ("FDA Accepts the Biologics License Application of Acme for Priority Review", {"regulatory decision"}),
        ("Acme Announces Early Termination of Hart-Scott-Rodino Waiting Period", {"regulatory decision"}),
        ("Acme Reports April Traffic", {"product"}),
        ("Acme Mourns the Passing of Chairman John Smith", {"management change"}),
        ("John Smith to Succeed Mary Jones as President of Acme", {"management change"}),
        ("Acme Announces Date of Annual Meeting of Shareholders", {"shareholder vote"}),
        ("Acme to Cut 500 Jobs", {"restructuring"}),
        ("Acme to Close Its Dayton Plant", {"restructuring"}),
        ("Acme Begins Separate Trading of Its Shares and Warrants", {"listing"}),
        ("Acme Announces Plan of Reorganization", {"bankruptcy"}),
        ("Acme Provides 2025 Outlook", {"guidance"}),
        ("Acme Expects 2018 Revenue of $1.1 Billion to $1.2 Billion", {"guidance"}),
        ("Acme Secures $50 Million Loan from Beta Bank", {"debt financing"}),
        ("Underwriters Exercise Over-Allotment Option in Full", {"equity financing"}),
        ("Acme Sells Two Malls to Beta for $220 Million", {"divestiture"}),
        ("Acme Announces Agreement for Sale of European Operations", {"divestiture"}),
        ("Acme Regains Rights to ACM-1 from Beta", {"licensing"}),
        ("Acme Halts Late-Stage Trial of ACM-2", {"clinical trial"}),
        ("FDA Extends Review of ACM-1", {"regulatory decision"}),
        ("Acme Sues Former Executives", {"litigation"}),
        ("Acme to Lay Off 300 Workers", {"restructuring"}),
        ("Acme Self-Tender Offer Expires", {"dividend or buyback"}),
        ("Acme Prices $50 Million Underwritten Offering", {"equity financing"}),
        ("Acme Announces Launch of Common Stock Offering", {"equity financing"}),
        ("Acme and Beta Sign MOU on Fuel Cells", {"collaboration"}),
        ("Acme Announces Positive Economic Assessment of Its Zinc Project", {"product"}),
    ],
)
def test_a_headline_announces_its_topic(headline: str, expected: set[str]):
    """The words in which releases tell their news make its topic, and no other."""
    assert topics_of(RELEASED, headline=headline) == expected


@pytest.mark.parametrize(
    "headline",
    [
        "Acme Named One of the Best Companies to Work For",
        "Acme to Retire Coal-Fired Units by 2028",
        "Acme Signs Definitive Agreement with the Navy",
        "Acme Announces Phase 2 of Its Terminal",
        "Acme Schedules First Quarter Earnings Release and Conference Call",
        "Acme Comments on Recent Trading Activity",
        "Acme Reports Fire at Its Reno Facility",
        "Acme Completes Move to New Facility",
        "Acme Workers at Portland Plant Go on Strike",
        "Acme to Join the S&P SmallCap 600 Index",
        "Acme Appoints Dr. Roe to Its Scientific Advisory Board",
    ],
)
def test_a_false_friend_is_no_topic(headline: str):
    """A word of a topic in another sense announces nothing."""
    assert topics_of(RELEASED, headline=headline) == set()


def test_acquisition_in_a_name_is_no_acquisition():
    """A company formed to find a target is no deal until it has one."""
    offering = topics_of(
        RELEASED,
        headline="Acme Acquisition Corp. Announces Closing of $200 Million Initial Public Offering",
        news="announced the closing. Acme is a blank check company formed for the purpose of effecting a merger, "
        "asset acquisition or similar business combination.",
        name="ACME ACQUISITION CORP",
    )
    assert offering == {"equity financing"}
    deal = ("1.01", "Acme Acquisition Corp., a blank check company, entered into a Business Combination Agreement.")
    assert topics_of(deal, name="ACME ACQUISITION CORP") == {"merger or acquisition"}


@pytest.mark.parametrize(
    "text",
    [
        "On May 2, 2024, Ian Shaw resigned as a director.",
        "(b) Mr. Smith's last day of employment with the Company was May 2, 2024.",
        "(c) The Board designated John A. Smith, Controller, as principal accounting officer.",
        "(d) The Board increased its size and Sue Park was named to fill the vacancy.",
        "Mr. Smith tendered his resignation on May 2, 2024.",
        "Dr. Lin accepted an offer to become Chief Medical Officer and will be granted options.",
        "Acme will not renew the employment agreement of Mr. Smith. His employment will end on May 31, 2024.",
        "Robert Jones will transition from Chief Executive Officer to Executive Chairman.",
        "On May 1, 2024, Mr. Smith advised that he does not intend to stand for re-election when his term expires.",
        "Mr. Smith's service as Chief Technology Officer has come to an end.",
        "Acme and Mr. Smith mutually agreed that he would depart on June 1, 2024. He will receive severance.",
        "Acme and Mr. Smith agreed that his service as Controller would conclude in May. He will receive severance.",
        "The Board approved Ms. Roe's promotion from Controller to Treasurer with a salary of $300,000.",
        "On May 1, 2024, Acme Corp. entered into an employment agreement with Jane Roe in connection with her "
        "appointment as President. Her base salary is $500,000.",
    ],
)
def test_somebody_comes_or_goes(text: str):
    """Under Item 5.02 a sentence about a person's coming or going is a management change."""
    assert topics_of(("5.02", text)) == {"management change"}


@pytest.mark.parametrize(
    "text",
    [
        "The Committee approved an increase in the base salary of John Smith, President and Chief Executive Officer.",
        "The Company amended its employment agreement with Mr. Smith. Upon termination of his employment without cause "
        "or his resignation for good reason he will receive severance.",
        "The Company adopted an Executive Severance Plan. A participant who resigns for good reason is covered.",
        "Options were granted to Curtis Doe (Chief Executive Officer). They vest upon the death of their holder.",
        "The Committee of Acme Corp. granted units to Mr. Doe, who keeps them if he is to retire as an officer. He was "
        "appointed Chief Executive Officer in 2015, following the departure of his predecessor.",
        "Stockholders approved the 2024 Equity Plan. Participants who leave the Company forfeit what has not vested.",
        "2024 bonuses. The Committee set target bonuses for Ms. Roe and Mr. Doe. Mr. Doe was promoted in 2022.",
        "The Committee approved a bonus for Mr. Doe, who previously announced his retirement.",
        "Acme Corp. and its President, Mr. Doe, entered into an amended agreement. If it ends he must resign from all "
        "boards.",
    ],
)
def test_pay_alone_is_governance(text: str):
    """The small print of pay agreements, full of resignations and terminations, changes nobody."""
    assert topics_of(("5.02", text)) == {"governance"}


def test_an_amendment_that_sets_what_was_left_open_brings_nobody():
    """Pay or committees that were not decided when a director or officer came are not another coming."""
    pay = (
        "5.02",
        "As previously reported, Jane Roe was appointed Chief Financial Officer. Her compensation had not been "
        "determined at that time. On May 2, 2024 the Committee set her base salary at $400,000.",
    )
    assert topics_of(pay, form="8-K/A") == {"governance"}
    assert topics_of(pay) == {"management change"}


def test_a_registration_rights_agreement_is_no_rights_plan():
    """Its title is an exhibit's headline, and says nothing of the rights of all stockholders."""
    assert topics_of(("1.01", "Acme and Beta signed it."), headline="REGISTRATION RIGHTS AGREEMENT") == set()


def test_votes_and_auditors_name_people_without_a_change():
    """Directors elected at a meeting and auditors appointed do not make pay under Item 5.02 a change of people."""
    plan = ("5.02", "Stockholders approved the 2024 Equity Incentive Plan.")
    vote = ("5.07", "Stockholders elected Jane Roe as a director and ratified the appointment of the auditor.")
    assert topics_of(plan, vote) == {"governance", "shareholder vote"}
    auditor = ("4.01", "The Company appointed Doe LLP. The Chief Financial Officer was elected to speak with them.")
    assert topics_of(auditor) == {"auditor change"}


def test_an_old_title_of_an_item_is_not_its_news():
    """The words of a heading, run in and shortened as older filings have it, announce nobody."""
    heading = "Departure of Directors or Principal Officers; Election of Directors; Appointment of Principal Officers. "
    text = (
        "Item 5.02 " + heading + "On May 2, 2005 the Committee approved bonuses for each officer. " + "It did so. " * 30
    )
    submission = f"<p>FORM 8-K</p><p>CURRENT REPORT</p><p>{text}</p><p>SIGNATURES</p>"
    report = read_report(parse_submission(submission.encode()))
    assert {topic.name for topic in report.topics} == {"governance"}


@pytest.mark.parametrize(
    ("item", "text", "expected"),
    [
        ("8.01", "Acme acquired an apartment community known as Phase II at Willow Creek.", {"merger or acquisition"}),
        ("8.01", "Acme announced results of its Phase 3 trial of ACM-1.", {"clinical trial"}),
        (
            "8.01",
            "Purported stockholders filed complaints regarding the merger.",
            {"litigation", "merger or acquisition"},
        ),
        ("8.01", "Certificates were issued under a Pooling and Servicing Agreement.", {"debt financing"}),
        ("8.01", "The monthly report for the Distribution Date under the Pooling and Servicing Agreement.", set()),
        ("5.01", "John Smith sold 65% of the outstanding shares to Mary Jones.", {"merger or acquisition"}),
        ("2.01", "Acme sold a property in Tampa for $30 million.", {"divestiture"}),
        ("1.01", "Acme entered into an indemnification agreement with each of its directors.", {"governance"}),
        ("1.01", "Acme may deliver a Purchase Notice directing the investor to buy shares.", {"equity financing"}),
        ("8.01", "Acme reported operating results for the quarter ended June 30, 2024.", {"earnings"}),
        ("8.01", "Jane Roe was appointed Chief Financial Officer.", {"management change"}),
        ("7.01", "Mr. Smith spoke at a conference. Presentation materials are furnished.", {"investor event"}),
        ("8.01", "Acme suspended its quarterly dividend.", {"dividend or buyback"}),
        ("8.01", "An unauthorized party gained access to patient records.", {"cybersecurity"}),
        ("8.01", "The Division of Enforcement has opened an informal inquiry into Acme's options.", {"litigation"}),
        (
            "8.01",
            "Shares begin trading on May 6 on a split-adjusted basis after the reverse stock split.",
            {"governance"},
        ),
        (
            "8.01",
            "The Board authorized Acme to purchase up to $5 million of its outstanding shares.",
            {"dividend or buyback"},
        ),
        ("2.01", "Acme consummated its purchase of the cable systems of Beta.", {"merger or acquisition"}),
        ("8.01", "Acme received a warning letter from the Food and Drug Administration.", {"regulatory decision"}),
        (
            "1.01",
            "Acme Bank consented to the issuance of a Cease and Desist Order by its regulator.",
            {"regulatory decision"},
        ),
        ("1.01", "Acme and Beta entered into an ethanol marketing agreement.", {"collaboration"}),
        ("8.01", "Customer records were stolen from the network of Acme.", {"cybersecurity"}),
        (
            "1.01",
            "Acme, as buyer, executed a Share Purchase Agreement with the holders of Beta.",
            {"merger or acquisition"},
        ),
        ("8.01", "Acme sold a retail center in Tampa for $12 million.", {"divestiture"}),
        ("8.01", "The underwriters exercised their option in full.", {"equity financing"}),
        ("8.01", "An arbitrator found for Acme.", {"litigation"}),
        ("8.01", "The FDA notified Acme that more data are needed.", {"regulatory decision"}),
        ("8.01", "Trading moves: Acme will be quoted on the OTCQX.", {"listing"}),
        ("7.01", "Acme estimates that storms will lower its revenue by a tenth.", {"guidance"}),
        ("1.01", "Acme raised its revolving commitments to $100 million.", {"debt financing"}),
        ("8.01", "Data of Acme showed an objective response in half of the patients.", {"clinical trial"}),
        ("8.01", "Acme began a common stock offering.", {"equity financing"}),
        ("8.01", "Acme priced its 3.9% unsecured notes.", {"debt financing"}),
        ("1.01", "Acme may earn a 51% interest in the Luna claims.", {"merger or acquisition"}),
        ("8.01", "Jane Roe has taken over as chief executive officer.", {"management change"}),
        ("8.01", "Beta Bank was closed and the FDIC was named receiver.", {"bankruptcy"}),
        ("8.01", "Net income for the six months ended June 30, 2024 was $3 million.", {"earnings"}),
        ("8.01", "Acme and its bank group agreed to convert $6 million.", {"debt financing"}),
        ("8.01", "Merger talks with Beta have ended.", {"merger or acquisition"}),
        ("8.01", "Acme moved from the Nasdaq to another market.", {"listing"}),
        ("8.01", "Shareholders elected five directors.", {"shareholder vote"}),
        ("8.01", "Acme idled its furnace and laid off half of its staff.", {"restructuring"}),
        ("8.01", "Mary Jones resigned as a director.", {"management change"}),
        ("8.01", "The PSC ordered Acme Gas to refund $10 million.", {"regulatory decision"}),
        ("8.01", "Acme began a tender offer for a tenth of its own shares.", {"dividend or buyback"}),
        ("1.01", "Acme signed an agreement with Beta for the sale of its inn.", {"divestiture"}),
        ("8.01", "Acme changed its state of incorporation from Delaware to Nevada.", {"governance"}),
        ("1.01", "The Committee approved grants of restricted stock and the form of award agreement.", {"governance"}),
        ("1.02", "Acme ended its distribution agreement with Beta.", {"collaboration"}),
        ("1.01", "Acme entered into a Master Lease with a right of first offer to purchase the properties.", set()),
        ("8.01", "Nasdaq granted Acme more time to file its annual report.", {"listing"}),
        ("8.01", "Stockholders approved the plan by written consent.", {"shareholder vote"}),
        ("8.01", "Acme will lay off its sales force.", {"restructuring"}),
        ("8.01", "There will be no distribution for October.", {"dividend or buyback"}),
        ("8.01", "Acme's lenders agreed to extend the waiver of its covenants.", {"debt financing"}),
        ("8.01", "FERC issued an order for the pipeline.", {"regulatory decision"}),
        ("8.01", "Errors require a restatement of the years 2002 to 2004.", {"restatement"}),
        ("8.01", "Acme may restate its financial statements.", set()),
        ("8.01", "Acme began trading on the Nasdaq Global Market.", {"listing"}),
        ("8.01", "Acme and Beta entered into a manufacturing alliance.", {"collaboration"}),
        ("8.01", "The action was dismissed with prejudice.", {"litigation"}),
        ("1.01", "Acme entered into a Consulting Agreement with a director.", {"governance"}),
        ("1.01", "Acme entered into a contract to purchase the Westgate office building.", {"merger or acquisition"}),
        (
            "1.01",
            "The Seller agreed to sell to the Company a hotel, which the Company agreed to purchase.",
            {"merger or acquisition"},
        ),
        ("1.01", "Acme signed an agreement under which it will sell its two Waco branches.", {"divestiture"}),
        ("1.01", "Acme entered into a Tax Matters Agreement with its former parent.", {"divestiture"}),
        ("8.01", "Acme agreed to license its coating technology to Beta.", {"licensing"}),
        ("1.01", "Acme and Beta ended their collaboration agreement.", {"collaboration"}),
        ("8.01", "The Board voted to discontinue the payment of dividends.", {"dividend or buyback"}),
        ("8.01", "Acme will shut its Muskegon foundry.", {"restructuring"}),
        ("8.01", "Acme shut its Muskegon foundry after a storm.", set()),
        ("1.01", "Acme amended its Master Repurchase Agreement with Beta Bank.", {"debt financing"}),
        ("8.01", "The staff will not challenge the merger of Acme and Beta.", {"merger or acquisition"}),
        ("8.01", "Acme filed for protection under the federal bankruptcy laws.", {"bankruptcy"}),
        ("8.01", "Beta Bank failed and the FDIC was appointed receiver. Acme has deposits at Beta Bank.", set()),
        ("1.01", "Acme entered into a lease of an office. The lease contains customary events of default.", set()),
        ("1.01", "Acme sold and leased back two warehouses in a sale-leaseback.", {"divestiture"}),
        ("8.01", "The FDA agreed to the design of the study.", {"regulatory decision"}),
        (
            "5.02",
            "Acme and Mr. Doe signed a letter regarding his previously announced retirement.",
            {"management change"},
        ),
        ("7.01", "Acme does not provide guidance.", set()),
        ("1.02", "Acme terminated its agreement to acquire six hotels.", {"merger or acquisition"}),
        ("1.01", "Acme entered into a settlement agreement to resolve all claims of Beta.", {"litigation"}),
        ("8.01", "The plaintiffs moved for an injunction.", {"litigation"}),
        ("8.01", "Acme will redeem all shares of its 8% preferred stock.", {"dividend or buyback"}),
        ("8.01", "Acme closed its public offering of shares of its redeemable preferred stock.", {"equity financing"}),
        ("8.01", "Acme will write down the goodwill of Beta.", {"impairment"}),
        ("8.01", "The Environmental Protection Agency issued a rule on fuels.", {"regulatory decision"}),
        ("7.01", "At the Beta Technology Conference today, Mr. Doe will speak of sensors.", {"investor event"}),
        ("8.01", "Acme's results were presented at a medical conference.", set()),
        ("1.01", "The Board raised the annual retainer of its members.", {"governance"}),
        ("8.01", "Acme adopted accounting guidance on leases.", set()),
        ("1.01", "Acme and the purchasers entered into a Registration Rights Agreement.", set()),
        ("1.01", "Acme amended its Rights Agreement.", {"governance"}),
        ("8.01", "Acme expects revenue at the high end of its prior range.", {"guidance"}),
        ("8.01", "Acme announced the preliminary results of its tender offer for its notes.", {"debt financing"}),
        ("8.01", "The sale to Beta is subject to approval of the Federal Communications Commission.", set()),
        ("8.01", "The Federal Communications Commission rejected the application of Acme.", {"regulatory decision"}),
    ],
)
def test_the_first_sentences_of_an_item_say_its_topic(item: str, text: str, expected: set[str]):
    """An item without any exhibit says what it announces in its first sentences."""
    assert topics_of((item, text)) == expected


def test_slides_about_a_deal_are_no_event_whatever_they_are_called():
    """A deck titled as an investor presentation beside the agreement that it explains goes with it."""
    deal = ("1.01", "Acme entered into a Merger Agreement with Beta.")
    assert topics_of(deal, headline="Investor Presentation") == {"merger or acquisition"}
    assert topics_of(("7.01", "Slides are attached."), headline="Investor Presentation") == {"investor event"}


def test_debts_that_come_with_a_closing_are_not_raised():
    """Whoever is bought brings debts along, and whoever buys pays some back."""
    closing = ("2.01", "Acme completed the acquisition of Beta, assumed its notes and repaid its line of credit.")
    assert topics_of(closing, ("8.01", "A release is attached.")) == {"merger or acquisition"}


def test_what_people_did_before_is_not_announced():
    """A new officer's past has deals, bankruptcies and trials in it."""
    past = "Ms. Roe led the sale of its stores at Beta, which had agreed to be acquired out of Chapter 11."
    headline = "Acme Names Jane Roe Chief Executive Officer"
    assert topics_of(RELEASED, headline=headline, news=f"named Jane Roe. {past}") == {"management change"}
    coming = ("5.02", "Jane Roe was appointed a director. She ran a clinical trial at Beta until its merger agreement.")
    assert topics_of(coming, ("7.01", "See Item 5.02.")) == {"management change"}


def test_approved_products_are_no_decision():
    """Whoever says "FDA-approved" tells of an earlier year; what the FDA does now is a decision."""
    assert topics_of(("8.01", "Acme sells two FDA-approved pumps. It opened an office.")) == set()
    assert topics_of(("8.01", "Acme received an approvable letter from the FDA.")) == {"regulatory decision"}


def test_what_a_deal_does_to_earnings_is_no_outlook():
    """Buyers say that a deal will be accretive, and how they pay for it."""
    found = topics_of(
        RELEASED,
        headline="Acme Completes Acquisition of Beta",
        news="announced it. It should be accretive to earnings per share and was financed from the credit facility.",
    )
    assert found == {"merger or acquisition"}


def test_a_deal_of_the_past_beside_results_is_not_announced():
    """What a deal that was told before did to a period's results is background."""
    results = (("2.02", "A release is furnished."), ("7.01", "See Item 2.02."))
    news = "reported results. Acme completed the acquisition of Beta in June."
    assert topics_of(*results, headline="Acme Reports First Quarter Results", news=news) == {"earnings"}


def test_risk_factors_announce_nothing():
    """Risks filed anew tell of suits and attacks that may come."""
    filed = topics_of(
        ("8.01", "Acme files risk factors."),
        headline="UPDATED RISK FACTORS OF ACME",
        news="may be sued in litigation or hacked.",
    )
    assert filed == set()


def test_what_is_raised_will_pay_for_something():
    """The uses of an offering's proceeds - debt, deals, trials - are not announced by it."""
    text = (
        "Acme entered into an underwriting agreement to sell 500,000 shares. The proceeds will {} and repay term loans."
    )
    for use in ("fund its pending acquisition of Beta", "pay for a clinical trial"):
        assert topics_of(("1.01", text.format(use))) == {"equity financing"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Acme licensed patents under a license agreement and owes milestones when the first patient of a Phase 3 "
            "clinical trial is dosed and the FDA approves. Acme controls enforcement against infringement.",
            {"licensing"},
        ),
        (
            "Acme will acquire all of the shares of Beta under a merger agreement and intends to finance the purchase "
            "with term loans. It is indemnified for litigation. Beta may not declare any dividend before the closing.",
            {"merger or acquisition"},
        ),
        (
            "Acme entered into a credit agreement. It may not declare or pay a dividend. Both waive a trial by jury.",
            {"debt financing"},
        ),
    ],
)
def test_the_terms_of_an_agreement_are_not_announced(text: str, expected: set[str]):
    """What an agreement pays for, forbids, provides for and depends on is no news of its own."""
    assert topics_of(("1.01", text)) == expected


def test_more_time_for_a_deal_is_no_deal():
    """A company formed to find a target may ask for more time, and borrow meanwhile."""
    text = "Acme Acquisition Corp. issued a promissory note, due when it completes an initial business combination."
    assert topics_of(("1.01", text), name="ACME ACQUISITION CORP") == {"debt financing"}
    headline = "Acme Acquisition Corp. Extends Deadline for Business Combination"
    assert topics_of(RELEASED, headline=headline, name="ACME ACQUISITION CORP") == set()


def test_whoever_sells_does_not_acquire():
    """A release about a sale says that the other side will acquire, and what the proceeds repay."""
    sale = topics_of(
        RELEASED,
        headline="Acme to Sell Its Radio Stations to Beta",
        news="signed a definitive agreement under which Beta will acquire them. Proceeds will repay term loans.",
    )
    assert sale == {"divestiture"}


def test_a_notice_on_forward_looking_statements_announces_nothing():
    """What such a paragraph lists - approvals, litigation, dividends - is not what the filing is about."""
    item = (
        "8.01",
        "Acme opened an office.</p><p>Cautionary Note Regarding Forward-Looking Statements</p><p>Factors include "
        "litigation, the merger agreement, regulatory approval of products, cybersecurity incidents and delisting.",
    )
    assert topics_of(item) == set()


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("Acme Reports First Quarter Results and Workforce Reduction", {"restructuring"}),
        ("Acme Reports First Quarter Loss on Goodwill Impairment", {"impairment"}),
        ("Acme Reports First Quarter Results, Names New CFO", {"management change"}),
        ("Acme Reports First Quarter Results Before Restructuring Charges", set()),
    ],
)
def test_a_headline_tells_more_than_results(headline: str, expected: set[str]):
    """What a headline tells beside a period's results is announced, too."""
    results = ("2.02", "A release is furnished.")
    assert topics_of(results, headline=headline, news="reported results.") == {"earnings"} | expected


@pytest.mark.parametrize(
    ("sentence", "given"),
    [
        ("For the fourth quarter, Acme anticipates revenue of $10 million to $12 million.", True),
        ("Acme estimates 2024 FFO for the full year in the range of $1.60 to $1.66.", True),
        ("Acme continues to expect growth of 3% to 4% for the year.", True),
        ("No guidance is being provided.", False),
        ("Acme believes that demand is strong.", False),
    ],
)
def test_an_outlook_in_a_release_on_results(sentence: str, given: bool):
    """An outlook is given wherever the release gives figures for a period to come."""
    results = ("2.02", "A release is furnished.")
    found = topics_of(results, headline="Acme Reports Third Quarter Results", news=f"reported.</p><p>{sentence}")
    assert ("guidance" in found) is given


def test_an_outlook_needs_a_period():
    """Words of guidance among the small print give none; an outlook for a quarter does."""
    small_print = (
        f"reported results.</p><p>{'It grew. ' * 120}</p><p>Our business outlook and financial guidance may err."
    )
    headline = "Acme Reports First Quarter 2024 Results"
    results = ("2.02", "A release is furnished.")
    assert topics_of(results, headline=headline, news=small_print) == {"earnings"}
    outlook = "reported results.</p><p>Business Outlook</p><p>For the second quarter of 2024 Acme expects more."
    assert topics_of(results, headline=headline, news=outlook) == {"earnings", "guidance"}
