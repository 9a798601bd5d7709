namespace Validation.Reporting.Charts;

/// <summary>Finds rows for labels so that none covers another. Who asks first gets the upper rows.</summary>
internal sealed class LabelRows
{
    private const double Gap = 10;

    private readonly List<List<(double Left, double Right)>> _rows = [];
    private readonly int _most;

    /// <summary>Creates the rows.</summary>
    /// <param name="most">How many rows there may be.</param>
    public LabelRows(int most) => _most = most;

    /// <summary>Gets how many rows are in use.</summary>
    public int Count => _rows.Count;

    /// <summary>Takes a place.</summary>
    /// <param name="left">Where it begins.</param>
    /// <param name="right">Where it ends.</param>
    /// <returns>The row, from 0; null when there is no room.</returns>
    public int? Place(double left, double right)
    {
        var row = _rows.FindIndex(taken => taken.TrueForAll(other => right + Gap <= other.Left || other.Right + Gap <= left));
        if (row < 0 && _rows.Count == _most)
        {
            return null;
        }

        if (row < 0)
        {
            row = _rows.Count;
            _rows.Add([]);
        }

        _rows[row].Add((left, right));
        return row;
    }
}
