import pytest

from penstock_testkit import RecordingMeter


def test_a_counter_sums_what_it_is_told():
    meter = RecordingMeter()
    meter.counter("sent", unit="{span}", way="a").add(2)
    meter.counter("sent", unit="{span}", way="a").add(3)
    meter.counter("sent", unit="{span}", way="b").add(10)
    assert meter.value("sent", way="a") == 5
    assert meter.value("sent") == 15
    assert meter.names == {"sent"}
    assert meter.attributes("sent") == {"way"}
    assert meter.units == {"sent": "{span}"}


def test_a_gauge_is_read_when_asked():
    meter, level = RecordingMeter(), [1.0]
    meter.gauge("level", lambda: level[0])
    level[0] = 7.0
    assert meter.value("level") == 7.0


def test_a_histogram_keeps_its_values():
    meter = RecordingMeter()
    meter.histogram("size", bounds=(1, 10)).record(4)
    assert meter.recorded("size") == [4]
    assert meter.value("size") == 1


def test_an_unknown_series_names_the_known_ones():
    meter = RecordingMeter()
    meter.counter("sent", way="a")
    with pytest.raises(AssertionError, match=r"no instrument snet\{\} among: sent\{'way': 'a'\}"):
        meter.value("snet")


def test_a_counter_does_not_shrink():
    with pytest.raises(AssertionError, match="a counter only grows: -1"):
        RecordingMeter().counter("sent").add(-1)


def test_bounds_must_grow():
    with pytest.raises(AssertionError, match="histogram bounds must grow"):
        RecordingMeter().histogram("size", bounds=(2, 1))


def test_a_name_is_one_kind_of_instrument():
    meter = RecordingMeter()
    meter.counter("size")
    with pytest.raises(AssertionError, match="size was asked for as two kinds of instrument"):
        meter.histogram("size", bounds=(1,))
